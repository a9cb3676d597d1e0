// Lines of the audit, each bound to all before it: the digest of a line covers the digest of the line before. Pure.
//
//   <digest> TAB <entry as JSON> LF        digest = SHA-256(digest of the line before, LF, JSON)
import { createHash } from 'node:crypto'
import type { AuditEntry } from '../../contract/audit.ts'

/** Before the first entry. */
export const NO_DIGEST = '0'.repeat(64)

export interface ChainEnd {
  readonly number: number
  readonly digest: string
}

export const CHAIN_START: ChainEnd = { number: 0, digest: NO_DIGEST }

export interface ChainedLine {
  readonly text: string
  readonly end: ChainEnd
}

export type ReadEntry =
  | { readonly kind: 'good'; readonly entry: AuditEntry; readonly end: ChainEnd }
  | { readonly kind: 'broken'; readonly reason: string }

export function chainLine(entry: AuditEntry, before: ChainEnd): ChainedLine {
  const json = JSON.stringify(entry)
  const digest = digestOf(before.digest, json)
  return { text: `${digest}\t${json}\n`, end: { number: entry.number, digest } }
}

/** before: left out, when what stood before is gone by rotation; then the line is taken at its word. */
export function readLine(line: string, before: ChainEnd | undefined): ReadEntry {
  const [digest = '', json = ''] = line.split('\t')
  let entry: AuditEntry
  try {
    entry = JSON.parse(json) as AuditEntry
  } catch {
    return { kind: 'broken', reason: 'it cannot be read' }
  }
  if (before !== undefined) {
    if (digest !== digestOf(before.digest, json))
      return { kind: 'broken', reason: 'it is not what was written after the line before' }
    if (entry.number !== before.number + 1) return { kind: 'broken', reason: `number ${before.number + 1} is missing` }
  }
  return { kind: 'good', entry, end: { number: entry.number, digest } }
}

const digestOf = (before: string, json: string): string => createHash('sha256').update(`${before}\n${json}`).digest('hex')
