// The settings as a flat list: key in the file, name in the environment, flag; and the lists, which only the file can hold.
// Pure; read off the schema.
import { Settings } from './config.ts'

/** One setting. The three names are made from the key, so they cannot drift apart. */
export interface Setting {
  /** dhcp.rangeStart, as in the file. */
  readonly key: string
  /** PLATEN_DHCP_RANGE_START */
  readonly variable: string
  /** dhcp-range-start, without the dashes. */
  readonly flag: string
  readonly kind: 'text' | 'integer' | 'flag' | 'list'
  readonly description: string
  readonly unit: string | undefined
  /** What a value must be, in words: "a whole number from 1 to 65535". */
  readonly wants: string
  readonly fallback: string | undefined
  readonly example: string
}

/** What of JSON Schema the settings use. */
export interface Node {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly minItems?: number
  /** What a value must look like, where no rule of JSON Schema says it in words. */
  readonly wants?: string
  readonly required?: readonly string[] | undefined
  readonly enum?: readonly string[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
  readonly unit?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}

const KINDS: Readonly<Record<string, Setting['kind']>> = { integer: 'integer', boolean: 'flag', array: 'list' }

export const SETTINGS: readonly Setting[] = leaves(Settings as Node, '')

/** interfaces, loaders, bootModels. */
export const LISTS: readonly { readonly key: string; readonly node: Node }[] = Object.entries((Settings as Node).properties ?? {})
  .filter(([, node]) => isListOfObjects(node))
  .map(([key, node]) => ({ key, node }))

export const settingOf = (key: string): Setting | undefined => SETTINGS.find((setting) => setting.key === key)

function leaves(node: Node, prefix: string): Setting[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    if (child.properties !== undefined) return leaves(child, key)
    if (isListOfObjects(child)) return []
    return [describe(key, child)]
  })
}

export function isListOfObjects(node: Node): boolean {
  return node.items?.properties !== undefined
}

function describe(key: string, node: Node): Setting {
  const words = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('.', '-')
  return {
    key,
    variable: `PLATEN_${words.toUpperCase().replaceAll('-', '_')}`,
    flag: words,
    kind: KINDS[node.type ?? ''] ?? 'text',
    description: node.description ?? '',
    unit: node.unit,
    wants: wantsOf(node),
    fallback: node.default === undefined ? undefined : String(node.default),
    example: [node.examples?.[0] ?? node.default].flat().join(','),
  }
}

/** In words: "a whole number from 1 to 65535". */
export function wantsOf(node: Node): string {
  if (node.wants !== undefined) return node.wants
  if (isListOfObjects(node)) return node.minItems === undefined ? 'a list' : 'a list that is not empty'
  if (node.type === 'boolean') return 'true or false'
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`
  if (node.type === 'array') return 'a list of IPv4 addresses'
  return node.format === 'ipv4' ? 'an IPv4 address' : 'text'
}
