// The settings as a flat list: key in the file, name in the environment, flag. Pure; read off the schema.
import { Settings } from './config.ts'

/** One setting. The three names are made from the key, so they cannot drift apart. */
export interface Setting {
  /** dhcp.rangeStart, as in the file. */
  readonly key: string
  /** PLATEN_DHCP_RANGE_START */
  readonly variable: string
  /** dhcp-range-start, without the dashes. */
  readonly flag: string
  readonly kind: 'text' | 'integer' | 'list'
  readonly description: string
  readonly unit: string | undefined
  /** What a value must be, in words: "a whole number from 1 to 65535". */
  readonly wants: string
  readonly fallback: string | undefined
  readonly example: string
  readonly isRequired: boolean
}

/** What of JSON Schema this page uses. */
interface Node {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Node>>
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

export const SETTINGS: readonly Setting[] = leaves(Settings as Node, '')

export const settingOf = (key: string): Setting | undefined => SETTINGS.find((setting) => setting.key === key)

function leaves(node: Node, prefix: string): Setting[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    if (child.properties !== undefined) return leaves(child, key)
    const isRequired = (node.required ?? []).includes(name) && child.default === undefined
    return [describe(key, child, isRequired)]
  })
}

function describe(key: string, node: Node, isRequired: boolean): Setting {
  const words = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('.', '-')
  return {
    key,
    variable: `PLATEN_${words.toUpperCase().replaceAll('-', '_')}`,
    flag: words,
    kind: node.type === 'integer' ? 'integer' : node.type === 'array' ? 'list' : 'text',
    description: node.description ?? '',
    unit: node.unit,
    wants: wantsOf(node),
    fallback: node.default === undefined ? undefined : String(node.default),
    example: [node.examples?.[0] ?? node.default].flat().join(','),
    isRequired,
  }
}

function wantsOf(node: Node): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`
  if (node.type === 'array') return 'a list of IPv4 addresses'
  return node.format === 'ipv4' ? 'an IPv4 address' : 'text'
}
