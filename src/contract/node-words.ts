// What platen-node, the small program in a running system, says and is told: lines of text, because it is a shell script. Pure.
//
//   boot 4f1c…             names this start of the system (the kernel's boot_id)
//   starting yes           the system is about to start: nobody uses it yet
//   installs yes           it can install packages by itself
//   late 240               it could not say so when it started; so many seconds later it can
//   disk serial S3Z9NB0K   of the disk that its root is on, as far as the system shows it; one line each
//   record {"keyId":…}     the file that the deploy left
//   health good            all its checks passed; or, one line for each that did not:
//   health bad NAME TEXT
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { RECORD_MAX_CHARS } from './disk-record.ts'
import type { Failure } from './job.ts'
import { NamedObject } from './named.ts'

export const NODE_API_PREFIX = '/node/v1'

export interface NodeWords {
  readonly boot: string
  readonly isStarting: boolean
  readonly canInstall: boolean
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
    canInstall: all('installs')[0] === 'yes',
    ...(Number.isSafeInteger(late) && late > 0 ? { lateSeconds: late } : {}),
    diskIds: all('disk')
      .filter((id) => /^(serial|wwn) \S/.test(id))
      .slice(0, 8),
    ...(record === undefined || record.length > RECORD_MAX_CHARS ? {} : { record }),
    ...(health.length === 0 ? {} : { health: { isGood: bad.length === 0, reasons: bad.slice(0, MOST_REASONS) } }),
  }
}

/**
 * go-on: nothing is to be done. restart: the machine starts anew and comes over the network, for what is said. install: the system does this
 * packages job, as its plan says.
 */
export type NodeOrder =
  | { readonly kind: 'go-on' }
  | { readonly kind: 'restart'; readonly reason: string }
  | { readonly kind: 'install'; readonly jobId: string; readonly leaseId: string }

export function formatNodeOrder(order: NodeOrder): string {
  switch (order.kind) {
    case 'go-on':
      return 'go-on\n'
    case 'restart':
      return `restart ${order.reason.replaceAll(/\s+/g, ' ')}\n`
    case 'install':
      return `install ${order.jobId} ${order.leaseId}\n`
  }
}

/** How the packages of a job ended in a running system, with the last lines of what was printed. */
export interface InstallEnd {
  /** Left out: all is installed and checked. */
  readonly failure?: Failure
  readonly seconds: number
  readonly lines: readonly string[]
}

const MOST_LOG_LINES = 1000
const MOST_LOG_CHARS = 1000
/** Why it failed, by the word that the program has for it. */
const FAILURES = {
  fetch: [
    'AGENT_FILE_CORRUPT',
    'Is the appliance in reach of the machine, and is there room on its disk? Then post the job again.',
  ],
  script: ['AGENT_SCRIPT_FAILED', 'See the log of the job, mend the script of the package, and bring it as a new version.'],
  check: ['PACKAGE_VERIFY_FAILED', 'Install it again with a job of kind packages, or deploy the image anew.'],
} as const

/** The first line: `done SECONDS`, or `failed SECONDS WORD TEXT`. undefined: it says neither. */
export function parseInstallEnd(text: string): InstallEnd | undefined {
  const [first = '', ...rest] = text.split('\n')
  const [, word, seconds = '', why = '', message = ''] = /^(done|failed) (\d{1,7})(?: ([a-z]+) ?(.*))?$/.exec(first) ?? []
  if (word === undefined) return undefined
  const lines = rest.slice(-MOST_LOG_LINES).map((line) => line.slice(0, MOST_LOG_CHARS))
  if (lines.at(-1) === '') lines.pop()
  if (word === 'done') return { seconds: Number(seconds), lines }
  const [code, hint] = FAILURES[Object.hasOwn(FAILURES, why) ? (why as keyof typeof FAILURES) : 'script']
  return {
    seconds: Number(seconds),
    lines,
    failure: { code, message: message.slice(0, MOST_LOG_CHARS) || 'no reason was given', hint },
  }
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
