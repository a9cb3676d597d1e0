// What this room is given and what it gives. Types only; index.ts makes one.
import type { FastifyPluginAsync } from 'fastify'
import type { Finding } from '../contract/doctor.ts'
import type { SshSettings } from '../contract/operator-api.ts'
import type { BootAnswer, BootClient, KnownNode } from './boot/decision.ts'
import type { Clock } from './clock.ts'
import type { DirectoryMode } from './directory/directory-desk.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'
import type { IdentityMode } from './node/hello.ts'

export interface OrchestratorConfig {
  /** Holds state/, logs/jobs/, profile-files/, secrets/, chunks/, manifests/. Made when missing. */
  readonly dataDir: string
  readonly profilesDir: string
  /** Added to the boot OS's kernel command line. Left out: console=tty0 console=ttyS0,115200. */
  readonly kernelArguments?: readonly string[]
  /** Left out: 10. A lease lasts six of them. */
  readonly heartbeatSeconds?: number
  /** How often the chunk store is read and checked (0: never by itself), and how full is nearly full. Left out: 7 days, 90 percent. */
  readonly images?: {
    readonly scrubDays: number
    readonly fullPercent: number
    /** Versions that stay; neither said, nothing is removed by itself. */
    readonly keepLast?: number
    readonly keepDays?: number
  }
  /** How many jobs run at the same time. Left out: as many as there are nodes. */
  readonly maxRunningJobs?: number
  /** Whether it is a directory of appliances, and what that one hands out. Left out: off. */
  readonly directoryMode?: DirectoryMode
  /** Directories that machines are told of on the kernel command line. */
  readonly directories?: readonly string[]
  /** Left out: score. log-only: by the address that it boots from, and the log says what the score would have said. */
  readonly identityMode?: IdentityMode
  /** How nodes are logged into; those of a node's class go over it. */
  readonly ssh?: SshSettings
  /** A machine that booted so often for one step of a job is held. Left out: 5. */
  readonly maxBootsPerJob?: number
}

export interface OrchestratorDeps {
  readonly log: Log
  /** Left out: the system's. */
  readonly clock?: Clock
  /** What others serve under /api/v1 and the operator token. */
  readonly moreOperatorRoutes?: FastifyPluginAsync
}

export interface Orchestrator {
  /** From memory, at once: may be asked for every packet. */
  mayBoot(mac: string): boolean
  bootAnswer(client: BootClient): BootAnswer
  /** What the nodes' records say is wrong, with what to do. */
  diagnose(): readonly Finding[]
  /** shim for a machine that started with Secure Boot on: its firmware refuses every loader that is not signed. */
  loaderFor(mac: string): 'shim' | undefined
  /** The node that has this MAC now, with the names of its model. */
  nodeOf(mac: string): KnownNode | undefined
  /** Serves /agent/v1/*; brings its own prefix, authentication and error answers. */
  readonly agentRoutes: FastifyPluginAsync
  /** Serves /api/v1/*; likewise. The token lies in <dataDir>/secrets/operator-token (mode 0600). */
  readonly operatorRoutes: FastifyPluginAsync
  readonly events: Events
  /** Loads profiles and begins to watch them, starts the lease sweep. Routes answer before it, too. */
  start(): Promise<void>
  /** Ends long polls and event streams, stops watching, flushes. State needs no stop: every acknowledged change is on disk. */
  stop(): Promise<void>
}
