// An object as it is kept, with who says it. Pure.
import type { CentralObject, ObjectKind, ObjectSource, ObjectView } from '../../contract/central/objects.ts'

export interface ObjectRecord {
  /** "function/web" */
  readonly id: string
  readonly version: number
  /** Left out: it was removed; its numbers go on when it comes back. */
  readonly object?: CentralObject
  readonly source: ObjectSource
  readonly file?: string
  readonly changedAt: string
}

/** One version, for good. */
export interface ObjectVersion {
  /** "template/site-conf@3" */
  readonly id: string
  readonly object: CentralObject
  readonly at: string
}

export const versionId = (kind: ObjectKind, name: string, version: number): string => `${kind}/${name}@${version}`

export type LivingRecord = ObjectRecord & { readonly object: CentralObject }

export const isLiving = (record: ObjectRecord): record is LivingRecord => record.object !== undefined

export function viewOf({ version, source, file, changedAt, object }: LivingRecord): ObjectView {
  return { version, source, ...(file === undefined ? {} : { file }), changedAt, object }
}
