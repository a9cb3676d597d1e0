// A build of the boot OS as it is known here: its record with a number and a digest. Pure.
import { createHash } from 'node:crypto'
import { Value } from 'typebox/value'
import { BootBuildRecord } from '../../contract/boot-build.ts'
import { canonicalJson } from '../../contract/canonical-json.ts'
import type { Architecture } from '../../contract/values.ts'

export interface BootBuild extends BootBuildRecord {
  readonly number: number
  readonly digest: string
}

/** Without these no machine starts. */
export const NEEDED_FILES = ['vmlinuz', 'initrd.img', 'agent.img']

export const buildOf = (record: BootBuildRecord, number: number): BootBuild => ({
  ...record,
  number,
  digest: digestOfBuild(record),
})

/** Equal files for the same machines are the same build, whenever and from what they were made. */
export function digestOfBuild({ architecture, variant, artefacts }: BootBuildRecord): string {
  const files = artefacts.map(({ name, digest }) => [name, digest]).sort()
  return createHash('sha256').update(canonicalJson({ architecture, variant, files })).digest('hex')
}

/** Why a record is none of a whole build, as a sentence's end; undefined: it is one. */
export function problemOf(record: unknown): string | undefined {
  if (!Value.Check(BootBuildRecord, record)) return 'its record has another form'
  const names = record.artefacts.map(({ name }) => name)
  const lacking = NEEDED_FILES.filter((name) => !names.includes(name))
  if (record.variant !== undefined && !names.includes('variant.img')) lacking.push('variant.img')
  if (lacking.length > 0) return `it has no ${lacking.join(', ')}`
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `it names ${twice} twice`
}

export const sizeOfBuild = ({ artefacts }: BootBuildRecord): number =>
  artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** "build 3 for x64" */
export const nameOfBuild = (architecture: Architecture, number: number): string => `build ${number} for ${architecture}`

/** Builds among which one is in use. */
export const isSameKind = (one: BootBuildRecord, other: BootBuildRecord): boolean =>
  one.architecture === other.architecture && one.variant === other.variant
