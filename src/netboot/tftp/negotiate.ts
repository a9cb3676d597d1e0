// Agrees on the options of a transfer: blksize (RFC 2348), timeout and tsize (RFC 2349), windowsize (RFC 7440). Pure.
import type { TftpLimits } from '../config.ts'

export interface TransferTerms {
  readonly blockSizeBytes: number
  readonly windowBlocks: number
  /** What the client asked for; undefined: the server's timers alone. */
  readonly timeoutMs: number | undefined
  /** To be acknowledged to the client. Empty: no OACK, the first data block answers. */
  readonly accepted: ReadonlyMap<string, string>
}

const DEFAULT_BLOCK_BYTES = 512
const BLOCK_BYTES = { min: 8, max: 65464 }

/** What is out of its range is left out of the answer, which refuses it (RFC 2347); the transfer goes on without. */
export function negotiate(
  asked: ReadonlyMap<string, string>,
  sizeBytes: number,
  limits: Pick<TftpLimits, 'maxBlockBytes' | 'maxWindowBlocks'>,
): TransferTerms {
  const accepted = new Map<string, string>()
  const blockSize = within(asked.get('blksize'), BLOCK_BYTES.min, BLOCK_BYTES.max)
  const window = within(asked.get('windowsize'), 1, 65535)
  const timeout = within(asked.get('timeout'), 1, 255)
  const blockSizeBytes = blockSize === undefined ? DEFAULT_BLOCK_BYTES : Math.min(blockSize, limits.maxBlockBytes)
  const windowBlocks = window === undefined ? 1 : Math.min(window, limits.maxWindowBlocks)
  if (blockSize !== undefined) accepted.set('blksize', String(blockSizeBytes))
  if (asked.has('tsize')) accepted.set('tsize', String(sizeBytes))
  if (timeout !== undefined) accepted.set('timeout', String(timeout))
  if (window !== undefined) accepted.set('windowsize', String(windowBlocks))
  return { blockSizeBytes, windowBlocks, timeoutMs: timeout === undefined ? undefined : timeout * 1000, accepted }
}

function within(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}
