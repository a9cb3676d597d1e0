// One download, seen from the server. No socket, no clock: what arrived and the time come in, what to send comes out.
//
//   offering (OACK sent) --ACK 0--> sending --ACK of the last block--> done
//        \------------------------------\--silence, too often--> failed
//
// Until its first ACK nobody knows whether the client asked at all: the address on a request is easily forged. So what answers a request goes
// out once, once more for want of an ACK, and then only when the request itself is repeated; and the end of it is told to nobody.
//
// Always true: acked ≤ sent ≤ acked + window, and sent ≤ the highest block ever sent; blocks beyond the one asked for are sent again at most once per answer of the client,
// so a doubled ACK never doubles the stream (RFC 1123 §4.2.3.1, the sorcerer's apprentice).
//
// A client acknowledges only whole windows (RFC 7440 §4), so the window cannot be made smaller once agreed. What shrinks on loss is
// the burst: the window goes out in parts with a pause between them, in which word of a gap can arrive before the rest is wasted.
import { RoundTrip } from './round-trip.ts'

export type TransferCommand =
  | { readonly do: 'nothing' }
  | { readonly do: 'send-options' }
  /** Blocks first to last, then hear what the client says, or after pauseMs call resume. */
  | { readonly do: 'send-blocks'; readonly first: number; readonly last: number; readonly pauseMs: number | undefined }
  | { readonly do: 'finish'; readonly isConfirmed: boolean }
  /** isTold: the client is to hear of it. */
  | { readonly do: 'fail'; readonly reason: string; readonly isTold: boolean }

export interface TransferTask {
  readonly sizeBytes: number
  readonly blockSizeBytes: number
  readonly windowBlocks: number
  readonly timeoutMs: number | undefined
  readonly hasOptions: boolean
}

const NOTHING: TransferCommand = { do: 'nothing' }
const MAX_SILENCES = 10
/** Waits for the first ACK. A second OACK makes some clients give up (atftp), and all of them repeat their request sooner than this. */
const OFFER_SILENCES_MS = [6000, 6000]
const FIRST_BLOCK_SILENCES_MS = [1000, 9000]
/** A request that comes twice within this is one that the network doubled. */
const DOUBLED_MS = 250
/** Answers in fragments that nobody puts together again. */
const MAX_FRAGMENTED_SILENCES = 5
/** The client may have gone once it has everything: its last ACK is the one that may stay lost (RFC 1350 §6). */
const MAX_LAST_SILENCES = 3

export class Transfer {
  /** A file whose size is a multiple of the block size ends with an empty block. */
  readonly lastBlock: number
  resentBlocks = 0
  #task: TransferTask
  #roundTrip: RoundTrip
  #isOffering: boolean
  #acked = 0
  #sent = 0
  #highest = 0
  #burst: number
  #silences = 0
  #sentAt = 0
  /** Whether the part after #acked was sent again since the last progress. */
  #wentBack = false
  #isProven = false
  #isFragmented = false

  constructor(task: TransferTask) {
    this.#task = task
    this.#roundTrip = new RoundTrip(task.timeoutMs)
    this.#isOffering = task.hasOptions
    this.#burst = task.windowBlocks
    this.lastBlock = Math.floor(task.sizeBytes / task.blockSizeBytes) + 1
  }

  get ackedBytes(): number {
    return Math.min(this.#acked * this.#task.blockSizeBytes, this.#task.sizeBytes)
  }

  /** The client has acknowledged something: it is there, and asked. */
  get isProven(): boolean {
    return this.#isProven
  }

  /** How often in a row it was silent for longer than it ever took. */
  get silences(): number {
    return this.#silences
  }

  /** All that there is was sent, and was acknowledged but for the last window. */
  get isAllSent(): boolean {
    return this.#isProven && this.#sent === this.lastBlock && this.#acked >= this.lastBlock - this.#task.windowBlocks
  }

  start(now: number): TransferCommand {
    this.#sentAt = now
    return this.#isOffering ? { do: 'send-options' } : this.#sendMore(now)
  }

  /** Milliseconds from now until the client counts as silent. */
  silentIn(now: number): number {
    const waitMs = this.#isProven ? this.#roundTrip.timeoutMs(this.#silences) : this.#firstWaitMs()
    return this.#sentAt + waitMs - now
  }

  onAck(wireBlock: number, now: number): TransferCommand {
    if (this.#isOffering) return wireBlock === 0 ? this.#begin(now) : NOTHING
    const progress = (wireBlock - this.#acked) & 0xffff
    // Up to what was ever sent: after going back, the ACK of the first sending may still come.
    if (progress > this.#highest - this.#acked) return NOTHING
    if (progress === 0) return this.#onRepeatedAck(now)
    this.#isProven = true
    this.#onProgress(progress, now)
    if (this.#acked === this.lastBlock) return { do: 'finish', isConfirmed: true }
    // Less than what was sent: the next block did not arrive, and what came after it was dropped.
    if (this.#acked < this.#sent) this.#goBack()
    return this.#sendMore(now)
  }

  /** The pause between two parts of a window is over. */
  resume(now: number): TransferCommand {
    return this.#isWindowOut() ? NOTHING : this.#sendMore(now)
  }

  onSilence(now: number): TransferCommand {
    this.#silences++
    if (!this.#isProven) return this.#onFirstSilence(now)
    if (this.isAllSent && this.#silences > MAX_LAST_SILENCES) return { do: 'finish', isConfirmed: false }
    if (this.#isFragmented && this.#silences >= MAX_FRAGMENTED_SILENCES)
      return { do: 'fail', reason: 'the way to the client takes only smaller blocks: ask again', isTold: true }
    if (this.#silences > MAX_SILENCES)
      return { do: 'fail', reason: `the client has been silent since block ${this.#acked} of ${this.lastBlock}`, isTold: true }
    this.#sentAt = now
    if (this.#task.windowBlocks > 1 && this.#silences % 2 === 1) return this.#askWhereItIs()
    this.#goBack()
    this.#burst = 1
    return this.#sendMore(now)
  }

  /** The client sent its request again, so it has not seen our answer. */
  onRepeatedRequest(now: number): TransferCommand {
    if (this.#isProven || now - this.#sentAt < DOUBLED_MS) return NOTHING
    return this.#answerAgain(now)
  }

  /** A router told that a datagram was too large. From now on they come in fragments, which not every client can put together. */
  onPathTooNarrow(now: number): TransferCommand {
    if (this.#isFragmented || this.#sent === 0) return NOTHING
    this.#isFragmented = true
    this.#goBack()
    this.#burst = 1
    return this.#sendMore(now)
  }

  #firstWaitMs(): number {
    return (this.#isOffering ? OFFER_SILENCES_MS : FIRST_BLOCK_SILENCES_MS)[this.#silences] ?? 0
  }

  #onFirstSilence(now: number): TransferCommand {
    if (this.#silences < OFFER_SILENCES_MS.length) return this.#answerAgain(now)
    return { do: 'fail', reason: 'the client asked and did not take the answer', isTold: false }
  }

  #answerAgain(now: number): TransferCommand {
    this.#sentAt = now
    this.#wentBack = true
    if (this.#isOffering) return { do: 'send-options' }
    this.#sent = 0
    return this.#sendMore(now)
  }

  /** The end of the window once more. Who lacks it takes it, who has it or lacks more says so: one packet instead of a window. */
  #askWhereItIs(): TransferCommand {
    this.resentBlocks++
    return { do: 'send-blocks', first: this.#sent, last: this.#sent, pauseMs: undefined }
  }

  #begin(now: number): TransferCommand {
    this.#isOffering = false
    this.#isProven = true
    this.#roundTrip.sample(now - this.#sentAt, this.#wentBack)
    this.#silences = 0
    this.#wentBack = false
    return this.#sendMore(now)
  }

  #onProgress(blocks: number, now: number): void {
    this.#acked += blocks
    this.#sent = Math.max(this.#sent, this.#acked)
    this.#roundTrip.sample(now - this.#sentAt, this.#wentBack || this.#silences > 0)
    this.#silences = 0
    this.#wentBack = false
    this.#burst = Math.min(this.#burst + 1, this.#task.windowBlocks)
  }

  /** In lock-step it means nothing new. In a window it is how a client says that the first block after it is missing. */
  #onRepeatedAck(now: number): TransferCommand {
    if (this.#task.windowBlocks === 1 || this.#wentBack || this.#sent === this.#acked) return NOTHING
    this.#goBack()
    return this.#sendMore(now)
  }

  #goBack(): void {
    this.#wentBack = true
    this.#sent = this.#acked
    this.#burst = Math.max(1, this.#burst >> 1)
  }

  #isWindowOut(): boolean {
    return this.#sent >= Math.min(this.#acked + this.#task.windowBlocks, this.lastBlock)
  }

  #sendMore(now: number): TransferCommand {
    const end = Math.min(this.#acked + this.#task.windowBlocks, this.lastBlock)
    const first = this.#sent + 1
    const last = Math.min(this.#sent + this.#burst, end)
    this.#sent = last
    this.#sentAt = now
    this.resentBlocks += Math.max(0, Math.min(this.#highest, last) - first + 1)
    this.#highest = Math.max(this.#highest, last)
    return { do: 'send-blocks', first, last, pauseMs: last < end ? this.#roundTrip.pauseMs() : undefined }
  }
}
