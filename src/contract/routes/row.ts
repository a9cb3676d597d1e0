// What one row of the table of routes says, and how rows are written. Pure.
import type { ErrorCode } from '../errors.ts'
import type { NodeState } from '../operator-api.ts'
import type { Role } from '../people.ts'

export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Subjects, in the order in which they are read. */
export const TAGS = {
  nodes: 'Machines, their classes, and the rules that approve them.',
  jobs: 'What machines do: the queue, its jobs, their logs and files, and schedules.',
  images: 'Images, their versions, and the store that holds their chunks.',
  transfer: 'What moves images in and out, chunk by chunk.',
  profiles: 'How images are built.',
  secrets: 'What steps of profiles are given, and nobody is shown.',
  packages: 'Software that is installed into images, and which versions go together.',
  bundles: 'One signed file with images, packages, profiles and settings, from one appliance to another.',
  central: 'What machines are for, the software for it, and what each site needs of it.',
  'boot-builds': 'The system in memory that machines are worked on with, build by build.',
  notices: 'Who is told of what.',
  appliances: 'Other appliances, and the credentials by which their agents come here.',
  sites: 'Appliances that follow this one, and the one that it follows itself.',
  site: 'What an appliance that follows this one asks.',
  doctor: 'What is wrong here, and what to do.',
  operations: 'Long work of the appliance itself, to be watched and called off.',
  events: 'What happens, as it happens.',
  agent: 'What an agent says and asks.',
  'running-node': 'What the running system of a machine says of itself and is told.',
  netboot: 'What machines without an operating system fetch.',
  people: 'People, their logins, and tokens for machines and programs.',
  appliance: 'The appliance itself.',
} as const
export type Tag = keyof typeof TAGS

/** unknown: a machine that has not said hello. */
export type AgentState = NodeState | 'unknown'

export type Caller =
  | { readonly kind: 'anybody' }
  | {
      readonly kind: 'operator'
      /** The least role. */
      readonly role: Role
      /** The token may come as the password of a Basic header, too: older tools know nothing else. */
      readonly takesBasic?: true
      /** Whoever has an agent credential is let in, too: a worker that looks for jobs. */
      readonly orWorker?: true
    }
  | {
      readonly kind: 'agent'
      /** Nodes in other states are refused with NODE_NOT_APPROVED (unknown: NODE_NOT_FOUND), before the body is read. */
      readonly states: readonly AgentState[]
      /** running: only a node that has a running job, else JOB_LEASE_LOST; that the job and the lease are its own is for the route. */
      readonly job: 'none' | 'running'
    }
  | { readonly kind: 'own-proof'; readonly proof: Proof }

/** password, one-time-code, join-code: it stands in the body. */
export type Proof =
  | 'agent-credential'
  | 'boot-token-in-path'
  | 'node-credential'
  | 'password'
  | 'one-time-code'
  | 'join-code'
  | 'site-signature'
  /** What the wire says of the address that asks. */
  | 'proven-address'

export interface Route {
  readonly method: RouteMethod
  /** As fastify spells it: /nodes/:node, /boot/*. A GET answers HEAD as well. */
  readonly path: string
  /** The name of the call in a generated client. Unique. */
  readonly operationId: string
  readonly tag: Tag
  readonly summary: string
  readonly caller: Caller
  /** 0: takes no body. */
  readonly bodyLimitBytes: number
  /** The media type of the body, and of the answer, where that is not JSON. */
  readonly takes?: string
  /** A body without a type is taken as that one: `curl -T` says none. */
  readonly takesUntyped?: true
  readonly gives?: string
  /** Its own; routes.ts adds those that every route of its kind can give. */
  readonly errors: readonly ErrorCode[]
  /** Left out of the API description: what firmware and browsers fetch. */
  readonly isHidden?: true
  /** Refused over plain HTTP, whatever the settings say. */
  readonly onlyEncrypted?: true
}

/** A few fields. */
export const SMALL_BYTES = 16 * 1024
/** What a machine says of itself: some hundred disks and cards. */
export const HELLO_BYTES = 64 * 1024
/** Whatever a person writes. */
export const JSON_BYTES = 1024 * 1024

export interface More {
  readonly body?: number
  readonly takes?: string
  readonly gives?: string
  readonly errors?: readonly ErrorCode[]
  readonly onlyEncrypted?: true
}

type Rows<M> = (method: RouteMethod, path: string, operationId: string, summary: string, more: M) => Route

/** Rows of one subject: everything that they have in common is said once. */
export function rows<M>(tag: Tag, prefix: string, callerOf: (more: M) => Caller): Rows<M & More> {
  return (method, path, operationId, summary, more) => ({
    method,
    path: `${prefix}${path}`,
    operationId,
    tag,
    summary,
    caller: callerOf(more),
    bodyLimitBytes: more.body ?? 0,
    ...(more.takes === undefined ? {} : { takes: more.takes }),
    ...(more.onlyEncrypted === undefined ? {} : { onlyEncrypted: more.onlyEncrypted }),
    ...(more.gives === undefined ? {} : { gives: more.gives }),
    errors: more.errors ?? [],
  })
}
