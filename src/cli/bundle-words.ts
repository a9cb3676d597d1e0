// What commands say of composite bundles. Pure.
import type { BroughtBundle, BundleEntry, InstalledBundle } from '../contract/bundle.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'

type Named = Pick<BundleEntry, 'kind' | 'name' | 'leftOut'>

/** A table of things, a line each, and what of them does not travel. */
export function thingsIn(
  entries: readonly (Named & { readonly what?: string; readonly because?: string | undefined })[],
): string {
  const rows = entries.map(({ kind, name, what = '', because = '' }) => [kind, name, what, because])
  const leftOut = entries
    .filter((entry) => entry.leftOut !== undefined)
    .map(({ kind, name, leftOut: parts }) => `  ${kind} ${name}: ${parts!.join(', ')}`)
  const told = leftOut.length === 0 ? [] : ['Not in the bundle, to be set where it is installed:', ...leftOut]
  return [table(rows), ...told].join('\n')
}

export function broughtWords({ createdAt, createdBy, keyId, keyStanding, newChunks, entries }: BroughtBundle): string {
  const said = entries.map((entry) => ({ ...entry, what: entry.standing }))
  const head = `made ${createdAt} by Platen ${createdBy}, signed by ${keyId} (${KEY_WORDS[keyStanding]}); ${newChunks} new chunks`
  return `${head}\n${thingsIn(said)}`
}

export function installedWords({ entries, aside }: InstalledBundle): string {
  const said = entries.map((entry) => ({ ...entry, what: entry.done }))
  return `${thingsIn(said)}${aside === undefined ? '' : `\nWhat was replaced lies on the appliance in ${aside}`}`
}

export const sizeWords = (bytes: number | undefined): string => (bytes === undefined ? '' : `, ${formatBytes(bytes)}`)

const KEY_WORDS: Readonly<Record<BroughtBundle['keyStanding'], string>> = {
  own: 'the key of this appliance',
  known: 'trusted before',
  named: 'the key that was named',
  'first-use': 'not known until now: believed because the bundle brings it',
}
