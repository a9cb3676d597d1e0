// The door of the netboot room: what the appliance starts, stops and listens to.
import type { FastifyPluginAsync } from 'fastify'
import type { BootPolicy } from './boot-policy.ts'
import type { NetbootEvents } from './events.ts'

export type { BootAnswer, BootClient, BootPolicy } from './boot-policy.ts'
export type {
  DhcpMode,
  NetbootConfig,
  NetbootInterface,
  NetbootPorts,
  NetbootReservation,
  NetbootSubnet,
  TftpLimits,
} from './config.ts'
export type { NetbootEvent, NetbootEvents } from './events.ts'

/** What a pino logger has; only these are used. */
export interface NetbootLog {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  debug(fields: object, line: string): void
}

export interface NetbootDeps {
  readonly policy: BootPolicy
  readonly log: NetbootLog
  readonly now?: (() => number) | undefined
}

export interface Netboot {
  /** Opens the sockets. Refuses with APPLIANCE_PORT_TAKEN or NETBOOT_INTERFACE_UNUSABLE; nothing stays open then. */
  start(): Promise<void>
  /** Ends transfers, flushes the leases, closes the sockets. May be called twice. */
  stop(): Promise<void>
  readonly httpRoutes: FastifyPluginAsync
  readonly events: NetbootEvents
}
