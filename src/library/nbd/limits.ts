// How much a peer may take of the NBD server. Pure.
export interface NbdLimits {
  /** That read a disk. */
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  /** That have not named a disk yet; when one more comes, the oldest is cut. */
  readonly maxNegotiations: number
  /** From the connection to the first byte of a disk. */
  readonly negotiationSeconds: number
  /** Without a request; TCP's own probes find peers that are gone much earlier. */
  readonly idleSeconds: number
}

export const DEFAULT_NBD_LIMITS: NbdLimits = {
  maxConnections: 64,
  maxConnectionsPerAddress: 16,
  maxNegotiations: 32,
  negotiationSeconds: 10,
  idleSeconds: 86_400,
}

const MAX_OPTIONS = 64

/** A client asks for the list, for information of some exports, and goes. */
export const isTooManyOptions = (count: number): boolean => count > MAX_OPTIONS
