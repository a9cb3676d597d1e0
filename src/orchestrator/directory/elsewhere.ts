// A node that this appliance boots may work for another one: what is kept of that. Pure.
// Until the work is over, or nobody has spoken of it for so long, the node's boots are answered for that work: its own disk while the
// job sends it there, the boot OS otherwise. Its agent goes back to that work by itself.
import type { WorkElsewhere } from '../../contract/appliances.ts'
import { instantOf } from '../../store/index.ts'
import type { Elsewhere, NodeRecord } from '../node/record.ts'

export function workElsewhere({ elsewhere }: Pick<NodeRecord, 'elsewhere'>, nowMs: number): Elsewhere | undefined {
  return elsewhere === undefined || Date.parse(elsewhere.until) <= nowMs ? undefined : elsewhere
}

export function withWorkElsewhere(node: NodeRecord, work: WorkElsewhere | null, untilMs: number): NodeRecord {
  const { elsewhere: _, ...rest } = node
  return work === null ? rest : { ...rest, elsewhere: { ...work, until: instantOf(untilMs) } }
}

/** Where a boot goes now, and what to keep when this is the first that goes to the disk. isAgain: the same boot asks once more. */
export function bootElsewhere(
  elsewhere: Elsewhere,
  { nowMs, isAgain }: { readonly nowMs: number; readonly isAgain: boolean },
): { readonly into: 'boot-os' | 'local-disk'; readonly noted: Elsewhere } {
  const { toDisk, sentAt } = elsewhere
  if (toDisk === undefined) return { into: 'boot-os', noted: elsewhere }
  if (sentAt === undefined) return { into: 'local-disk', noted: { ...elsewhere, sentAt: instantOf(nowMs) } }
  const isSame = isAgain || nowMs - Date.parse(sentAt) < toDisk.notBackBeforeSeconds * 1000
  return { into: isSame ? 'local-disk' : 'boot-os', noted: elsewhere }
}
