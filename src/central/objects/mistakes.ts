// What the schema of an object cannot say. Pure.
import type { CentralObject, FunctionParameter } from '../../contract/central/objects.ts'
import type { ParameterValue } from '../../contract/central/parameters.ts'
import { type Mistake, templateMistake } from '../../library/index.ts'

export function mistakesIn(object: CentralObject): readonly Mistake[] {
  switch (object.kind) {
    case 'function':
      return Object.entries(object.parameters ?? {}).flatMap(([name, parameter]) => parameterMistakes(name, parameter))
    case 'distribution':
      return [
        ...twice(object.images ?? [], ({ architecture = 'any other' }) => architecture, 'images', 'image for processors of type'),
        ...twice(object.packages ?? [], ({ name }) => name, 'packages', 'package'),
        ...twice(object.bootBuilds ?? [], ({ architecture }) => architecture, 'bootBuilds', 'boot OS build for'),
      ]
    case 'distribution-profile':
      return (object.entries?.length ?? 0) > 0 || object.default !== undefined
        ? []
        : [[[], 'it has neither entries nor a default']]
    case 'template': {
      const wrong = templateMistake(object.text)
      return wrong === undefined ? [] : [[['text'], wrong]]
    }
    case 'site':
      return [
        ...twice(object.functions ?? [], ({ name }) => name, 'functions', 'function'),
        ...(object.window === undefined || isTimeZone(object.window.split(' ')[1] ?? '')
          ? []
          : [[['window'], `there is no time zone ${object.window.split(' ')[1]}`] as const]),
      ]
    case 'file':
      return []
  }
}

/** Why a value is none for the parameter; undefined: it is one. */
export function wrongValue({ type, choices }: FunctionParameter, value: ParameterValue): string | undefined {
  if (!isOfType(type, value)) return `${JSON.stringify(value)} is no ${type}`
  if (choices === undefined || choices.includes(value)) return undefined
  return `${JSON.stringify(value)} is none of ${choices.map((each) => JSON.stringify(each)).join(', ')}`
}

function parameterMistakes(name: string, parameter: FunctionParameter): readonly Mistake[] {
  const { type, choices = [], default: fallback } = parameter
  const strange = choices.findIndex((each) => !isOfType(type, each))
  if (strange >= 0) return [[['parameters', name, 'choices', strange], `${JSON.stringify(choices[strange])} is no ${type}`]]
  const wrong = fallback === undefined ? undefined : wrongValue(parameter, fallback)
  return wrong === undefined ? [] : [[['parameters', name, 'default'], wrong]]
}

function isOfType(type: FunctionParameter['type'], value: ParameterValue): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'number':
      return Number.isFinite(value)
    case 'integer':
      return Number.isSafeInteger(value)
  }
}

function twice<T>(values: readonly T[], keyOf: (value: T) => string, key: string, what: string): readonly Mistake[] {
  const keys = values.map(keyOf)
  const index = keys.findIndex((each, at) => keys.indexOf(each) !== at)
  return index < 0 ? [] : [[[key, index], `there is a second ${what} ${keys[index]}`]]
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
