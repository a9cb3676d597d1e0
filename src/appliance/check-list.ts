// Checks a list of the file against its schema: every mistake with the path of its key and the nearest known name. Pure.
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { nearest } from '../contract/nearest.ts'
import { isListOfObjects, type Node, wantsOf } from './settings-table.ts'

export interface ListProblem {
  /** interfaces[0].subnets[1].rangs */
  readonly key: string
  readonly reason: string
  readonly example: string | undefined
}

/** key and node are those of the whole list: interfaces. */
export function checkList(key: string, node: Node, value: unknown): readonly ListProblem[] {
  const known = keysIn(node, `${key}[]`)
  return visit(key, node, value)

  function visit(path: string, at: Node, found: unknown): readonly ListProblem[] {
    if (isListOfObjects(at)) {
      if (!Array.isArray(found) || found.length < (at.minItems ?? 0)) return [unfit(path, at, found)]
      return found.flatMap((item, index) => visit(`${path}[${index}]`, at.items!, item))
    }
    if (at.properties !== undefined) return visitObject(path, at, at.properties, found)
    return Value.Check(at as TSchema, found) ? [] : [unfit(path, at, found)]
  }

  function visitObject(path: string, at: Node, properties: NonNullable<Node['properties']>, found: unknown): ListProblem[] {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      const names = Object.keys(properties).join(', ')
      return [{ key: path, reason: `is ${JSON.stringify(found)}, but wants keys: ${names}`, example: undefined }]
    }
    const unknown = Object.keys(found).filter((name) => !Object.hasOwn(properties, name))
    const missing = (at.required ?? []).filter((name) => !Object.hasOwn(found, name) && properties[name]?.default === undefined)
    return [
      ...unknown.map((name) => unknownKey(path, name, Object.keys(properties))),
      ...missing.map((name) => ({ key: `${path}.${name}`, reason: 'is missing', example: exampleOf(properties[name]!) })),
      ...Object.entries(found).flatMap(([name, inside]) =>
        Object.hasOwn(properties, name) ? visit(`${path}.${name}`, properties[name]!, inside) : [],
      ),
    ]
  }

  /** "leaseSeconds" of an interface may be right one level down. */
  function unknownKey(path: string, name: string, siblings: readonly string[]): ListProblem {
    const sibling = nearest(name, siblings)
    const meant = known.find((one) => one.endsWith(`.${name}`)) ?? (sibling === undefined ? undefined : `${path}.${sibling}`)
    const reason = meant === undefined ? 'is not a setting' : `is not a setting; the nearest one is ${meant}`
    return { key: `${path}.${name}`, reason, example: undefined }
  }
}

function unfit(key: string, node: Node, found: unknown): ListProblem {
  return { key, reason: `is ${JSON.stringify(found)}, but wants ${wantsOf(node)}`, example: exampleOf(node) }
}

function exampleOf({ examples, default: fallback }: Node): string | undefined {
  const example = examples?.[0] ?? fallback
  return example === undefined ? undefined : [example].flat().join(',')
}

/** interfaces[].subnets[].ranges */
function keysIn({ items, properties = items?.properties ?? {} }: Node, prefix: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, node]) => {
    const key = `${prefix}.${name}`
    return isListOfObjects(node) ? [key, ...keysIn(node, `${key}[]`)] : [key]
  })
}
