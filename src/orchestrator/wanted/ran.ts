// What ran on a node from when to when. Pure.
import type { InstalledPackage, RanVersion } from '../../contract/wanted.ts'
import { KEPT_RAN, type NodeRecord } from '../node/record.ts'
import { packageChanges } from './difference.ts'
import type { WantedVersion } from './wanted-version.ts'

type Past = Pick<NodeRecord, 'ran' | 'installed'>

/** Newest last. What an older appliance installed is known without who asked for it. */
export function ranOn({ ran, installed }: Past): readonly RanVersion[] {
  if (ran !== undefined || installed === undefined) return ran ?? []
  const { imageName, version, at } = installed
  return [{ imageName, version, from: at, by: 'an earlier version of the appliance' }]
}

/** What it runs now comes to its end: a job is about to write over it. */
export function ranUntil(node: Past, at: string): readonly RanVersion[] {
  return ranOn(node).map((each) => (each.to === undefined ? { ...each, to: at } : each))
}

export function ranFrom(node: Past, now: RanVersion): readonly RanVersion[] {
  return [...ranUntil(node, now.from), now].slice(-KEPT_RAN)
}

/** The packages of what runs now changed: what the same job has installed before is one with it. */
export function ranWith(
  node: Past,
  packages: readonly InstalledPackage[],
  by: Pick<RanVersion, 'by' | 'jobId' | 'from'>,
): readonly RanVersion[] {
  const ran = ranOn(node)
  const now = ran.at(-1)
  const isSame = now?.packages !== undefined && packageChanges(packages, now.packages).length === 0
  if (now === undefined || now.to !== undefined || isSame) return ran
  const next = { ...now, ...by, packages: packages.map(({ name, version }) => ({ name, version })) }
  return now.jobId !== undefined && now.jobId === by.jobId
    ? [...ran.slice(0, -1), { ...next, from: now.from }]
    : ranFrom(node, next)
}

/** The last that ran before what runs now, or before what should have come in its place; undefined: nothing else ever did. */
export function ranBefore(
  node: Past,
  current: (WantedVersion & { readonly packages: readonly InstalledPackage[] }) | undefined,
): RanVersion | undefined {
  return ranOn(node).findLast(
    (each) =>
      each.imageName !== current?.imageName ||
      each.version !== current.version ||
      (each.packages !== undefined && packageChanges(each.packages, current.packages).length > 0),
  )
}
