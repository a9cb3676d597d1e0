// Settings that were merged and resolved for a machine with certain interfaces, without a file on the disk. Pure.
import { parse } from 'yaml'
import { resolveConfig } from '../../src/appliance/resolve.ts'
import type { Interfaces } from '../../src/appliance/resolve-interfaces.ts'
import { mergeSettings } from '../../src/appliance/settings-merge.ts'

interface Sources {
  /** What platen.yaml says; left out, there is none. */
  readonly yaml?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly flags?: Readonly<Record<string, string>>
}

/** An interface with one IPv4 address. */
export const ipv4 = (address: string, netmask = '255.255.255.0') => [{ family: 'IPv4' as const, address, netmask }]

export function resolved(machine: Interfaces, { yaml, environment = {}, flags = {} }: Sources) {
  const file = yaml === undefined ? undefined : { name: 'platen.yaml', content: parse(yaml) }
  const merged = mergeSettings({ file, environment, flags })
  return merged.kind === 'problems' ? merged : resolveConfig(merged.settings, machine, '/opt/platen')
}
