// What ran on a node from when to when. Pure.
import type { RanVersion } from '../../contract/wanted.ts'
import { KEPT_RAN, type NodeRecord } from '../node/record.ts'

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

/** The last that ran before what runs now, or before what should have come in its place; undefined: nothing else ever did. */
export function ranBefore(
  node: Past,
  current: { readonly imageName: string; readonly version: number } | undefined,
): RanVersion | undefined {
  return ranOn(node).findLast((each) => each.imageName !== current?.imageName || each.version !== current.version)
}
