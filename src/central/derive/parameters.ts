// What a machine has to have for a function, and the values of the function's parameters. Pure.
import type { CentralFunction } from '../../contract/central/objects.ts'
import type { ParameterValues } from '../../contract/central/parameters.ts'
import type { FunctionMachine } from '../../orchestrator/index.ts'
import { wrongValue } from '../objects/mistakes.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Each a sentence about the machine: "it has 1024 MiB of memory, the function needs 2048". */
export function unmetNeeds(
  { needs = {} }: CentralFunction,
  { architecture, memoryBytes, disks }: FunctionMachine,
): readonly string[] {
  const { memoryMiB, diskGiB, architectures } = needs
  const largest = Math.max(0, ...disks.map(({ sizeBytes }) => sizeBytes))
  return [
    ...(architectures === undefined || architectures.includes(architecture)
      ? []
      : [`it is ${architecture}, the function needs ${architectures.join(' or ')}`]),
    ...(memoryMiB === undefined || memoryBytes >= memoryMiB * MIB
      ? []
      : [`it has ${Math.floor(memoryBytes / MIB)} MiB of memory, the function needs ${memoryMiB}`]),
    ...(diskGiB === undefined || largest >= diskGiB * GIB
      ? []
      : [`its largest disk has ${Math.floor(largest / GIB)} GiB, the function needs ${diskGiB}`]),
  ]
}

export interface ParametersNow {
  readonly values: ParameterValues
  /** Each a sentence. */
  readonly wrong: readonly string[]
}

/** said: those that go over the ones before, as site and node say them. */
export function parametersOf(
  { parameters = {} }: CentralFunction,
  ...said: readonly (ParameterValues | undefined)[]
): ParametersNow {
  const over: ParameterValues = Object.assign({}, ...said)
  const strange = Object.keys(over).filter((name) => !Object.hasOwn(parameters, name))
  const values: ParameterValues = {}
  const wrong = strange.map((name) => `there is no parameter ${name}; there are ${Object.keys(parameters).join(', ') || 'none'}`)
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = over[name] ?? parameter.default
    if (value === undefined) wrong.push(`parameter ${name} has no value, and no default`)
    else {
      const reason = wrongValue(parameter, value)
      if (reason !== undefined) wrong.push(`parameter ${name}: ${reason}`)
      values[name] = value
    }
  }
  return { values, wrong }
}
