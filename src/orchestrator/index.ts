// The door of this room: nodes, profiles, jobs and images behind one object that the appliance wires to HTTP and to netboot.
import type { FastifyPluginAsync } from 'fastify'
import type { BootAnswer, BootClient } from './boot-decision.ts'
import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import type { Log } from './log.ts'

export interface OrchestratorConfig {
  /** Holds state/, logs/jobs/, profile-files/, secrets/, chunks/, manifests/. Made when missing. */
  readonly dataDir: string
  readonly profilesDir: string
  /** What machines in the boot OS call: http://10.77.0.1:8080, without a slash at the end. */
  readonly applianceUrl: string
  /** Added to the boot OS's kernel command line. Left out: console=tty0 console=ttyS0,115200. */
  readonly kernelArguments?: readonly string[]
  /** Left out: 10. A lease lasts six of them. */
  readonly heartbeatSeconds?: number
}

export interface OrchestratorDeps {
  readonly log: Log
  /** Left out: the system's. */
  readonly clock?: Clock
}

export interface Orchestrator {
  /** From memory, at once: may be asked for every packet. */
  mayBoot(mac: string): boolean
  bootAnswer(client: BootClient): BootAnswer
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

/** Opens the state in dataDir, makes secrets at the first start. Throws APPLIANCE_STATE_UNREADABLE when a file cannot be read. */
export declare function createOrchestrator(config: OrchestratorConfig, deps: OrchestratorDeps): Promise<Orchestrator>
