// What platen-node, the small program in a running system, says and is told: lines of text, because it is a shell script. Pure.
//
//   boot 4f1c…             names this start of the system (the kernel's boot_id)
//   starting yes           the system is about to start: nobody uses it yet
//   late 240               it could not say so when it started; so many seconds later it can
//   disk serial S3Z9NB0K   of the disk that its root is on, as far as the system shows it; one line each
//   record {"keyId":…}     the file that the deploy left
//   health good            all its checks passed; or, one line for each that did not:
//   health bad NAME TEXT
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { RECORD_MAX_CHARS } from './disk-record.ts'
import { NamedObject } from './named.ts'

export const NODE_API_PREFIX = '/node/v1'

export interface NodeWords {
  readonly boot: string
  readonly isStarting: boolean
  readonly lateSeconds?: number
  /** As disk-identity.ts writes them. */
  readonly diskIds: readonly string[]
  readonly record?: string
  /** Left out: nothing was checked. */
  readonly health?: { readonly isGood: boolean; readonly reasons: readonly string[] }
}

const MOST_LINES = 100
const MOST_REASON_CHARS = 300
const MOST_REASONS = 20

/** Lines that nobody knows are passed over: they may be of a newer program. undefined: it does not say which boot it speaks of. */
export function parseNodeWords(text: string): NodeWords | undefined {
  const lines = text.split('\n', MOST_LINES).map((line) => line.trim())
  const all = (key: string) => lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1))
  const boot = all('boot')[0]
  if (boot === undefined || !/^[\w-]{1,64}$/.test(boot)) return undefined
  const late = Number(all('late')[0])
  const record = all('record')[0]
  const health = all('health')
  const bad = health.filter((each) => each.startsWith('bad')).map((each) => each.slice('bad '.length, MOST_REASON_CHARS))
  return {
    boot,
    isStarting: all('starting')[0] === 'yes',
    ...(Number.isSafeInteger(late) && late > 0 ? { lateSeconds: late } : {}),
    diskIds: all('disk')
      .filter((id) => /^(serial|wwn) \S/.test(id))
      .slice(0, 8),
    ...(record === undefined || record.length > RECORD_MAX_CHARS ? {} : { record }),
    ...(health.length === 0 ? {} : { health: { isGood: bad.length === 0, reasons: bad.slice(0, MOST_REASONS) } }),
  }
}

/** go-on: nothing is to be done. restart: the machine starts anew and comes over the network, for what is said. */
export type NodeOrder = { readonly kind: 'go-on' } | { readonly kind: 'restart'; readonly reason: string }

export function formatNodeOrder(order: NodeOrder): string {
  return order.kind === 'go-on' ? 'go-on\n' : `restart ${order.reason.replaceAll(/\s+/g, ' ')}\n`
}

/** POST /jobs/:jobId/running-node: what a deploy puts into the system so that it can speak for itself; the secret in it is told once. */
export const RunningNodeFiles = NamedObject('RunningNodeFiles', {
  files: Type.Array(
    Type.Object({ path: Type.String(), mode: Type.Integer(), text: Type.String() }, { additionalProperties: false }),
  ),
  links: Type.Array(Type.Object({ path: Type.String(), to: Type.String() })),
})
export type RunningNodeFiles = Static<typeof RunningNodeFiles>
export const RunningNodeRequest = NamedObject('RunningNodeRequest', { leaseId: Type.String() })
