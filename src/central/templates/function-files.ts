// The configuration files that a function puts on one node: its templates rendered, its files as they are, and those of the distribution that it comes to
// there. What the function names goes over what the distribution does. Pure.
import type { CentralFunction, Distribution, Site } from '../../contract/central/objects.ts'
import type { ParameterValues } from '../../contract/central/parameters.ts'
import { renderTemplate } from '../../library/index.ts'
import type { FunctionFile, FunctionFiles, FunctionNode } from '../../orchestrator/index.ts'
import type { ObjectsNow } from '../derive/objects-now.ts'
import { namesFor } from './names.ts'

export interface FilesFor {
  readonly node: FunctionNode
  readonly theFunction: CentralFunction
  readonly distribution: Distribution
  readonly site: Site | undefined
  readonly parameters: ParameterValues
  readonly objects: ObjectsNow
}

/** Of all files of one node. */
const MOST_CHARACTERS = 1024 * 1024

export function functionFiles({ node, theFunction, distribution, site, parameters, objects }: FilesFor): FunctionFiles {
  const names = namesFor({ theFunction, parameters, ...(site && { site }), node })
  const byPlace = new Map<string, FunctionFile>()
  for (const [who, { templates = [], files = [] }] of [
    [`distribution ${distribution.name}`, distribution],
    [`function ${theFunction.name}`, theFunction],
  ] as const) {
    const own = new Map<string, FunctionFile>()
    for (const [kind, list] of [['template', templates] as const, ['file', files] as const])
      for (const name of list) {
        const made = renderedFile(kind, name, names, objects)
        if (made === undefined) return refused(`${who} names the ${kind} ${name}, which is not there`)
        if (made.kind === 'refused') return made
        const { to } = made.file
        const other = own.get(to)
        if (other !== undefined)
          return refused(`the ${other.kind} ${other.name} and the ${kind} ${name} of ${who} both go to ${to}`)
        own.set(to, made.file)
      }
    for (const [to, file] of own) byPlace.set(to, file)
  }
  const all = [...byPlace.values()]
  const characters = all.reduce((sum, { text }) => sum + text.length, 0)
  if (characters > MOST_CHARACTERS)
    return refused(
      `the configuration files of ${node.name} have ${characters} characters together, ${MOST_CHARACTERS} are allowed`,
    )
  return { kind: 'rendered', files: all }
}

/** undefined: there is no such object. */
export function renderedFile(
  kind: 'template' | 'file',
  name: string,
  names: object,
  objects: ObjectsNow,
): { readonly kind: 'file'; readonly file: FunctionFile } | { readonly kind: 'refused'; readonly reason: string } | undefined {
  const object = objects.find(kind, name)
  if (object === undefined) return undefined
  const { to, mode, owner } = object
  const rendered = kind === 'file' ? ({ kind: 'text', text: object.text } as const) : renderTemplate(object.text, names)
  if (rendered.kind === 'refused') {
    const line = rendered.line === undefined ? '' : `, line ${rendered.line}`
    return { kind: 'refused', reason: `template ${name}${line}: ${rendered.reason}` }
  }
  const place = { to, ...(mode === undefined ? {} : { mode }), ...(owner === undefined ? {} : { owner }) }
  return { kind: 'file', file: { kind, name, version: objects.versionOf(kind, name)!, ...place, text: rendered.text } }
}

/** The only function that names a template; undefined: none does, or several do. */
export function onlyFunctionNaming(template: string, objects: ObjectsNow): CentralFunction | undefined {
  const [only, ...others] = objects.list('function').filter(({ templates }) => templates?.includes(template))
  return others.length === 0 ? only : undefined
}

const refused = (reason: string) => ({ kind: 'refused', reason }) as const
