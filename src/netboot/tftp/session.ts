// One running download: joins the transfer's state to a socket and a timer.

import { BlockFrames } from './block-frames.ts'
import type { FileContent } from './file-content.ts'
import type { TransferTerms } from './negotiate.ts'
import { ackedBlock, encodeTftp, TFTP_ERROR, tryDecodeTftp } from './packet.ts'
import type { SessionLink } from './session-link.ts'
import { Transfer, type TransferCommand } from './transfer.ts'
import { Promptness } from './wakefulness.ts'

export type SessionEnd =
  | { readonly kind: 'finished' }
  /** The client asked for the size and broke off before the first block. */
  | { readonly kind: 'size-told' }
  | { readonly kind: 'failed'; readonly reason: string; readonly isProven: boolean }

export interface SessionSent {
  readonly ackedBytes: number
  readonly resentBlocks: number
}

export interface SessionTask {
  readonly content: FileContent
  readonly terms: TransferTerms
  readonly link: SessionLink
  /** The client will probably answer before this time of performance.now(). */
  readonly stayAwakeUntil: (until: number) => void
  /** Once, at its first ACK. A text is why it may not go on, for the client. */
  readonly onProven: () => string | undefined
  readonly onEnd: (end: SessionEnd, sent: SessionSent) => void
}

export class Session {
  #task: SessionTask
  #transfer: Transfer
  /** Made for the first block: a request alone costs no memory. */
  #frames: BlockFrames | undefined
  #promptness: Promptness
  #silence: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #hasEnded = false
  #isHushed = false

  constructor(task: SessionTask) {
    const { terms } = task
    const { bytes } = task.content
    this.#task = task
    this.#promptness = new Promptness(task.stayAwakeUntil)
    this.#transfer = new Transfer({
      sizeBytes: bytes.length,
      blockSizeBytes: terms.blockSizeBytes,
      windowBlocks: terms.windowBlocks,
      timeoutMs: terms.timeoutMs,
      hasOptions: terms.accepted.size > 0,
    })
  }

  start(): void {
    this.#task.link.whenReady(() => {
      this.#run(this.#transfer.start(performance.now()))
      this.#watch()
    })
  }

  /** The read request came once more. */
  repeat(): void {
    if (!this.#hasEnded) this.#run(this.#transfer.onRepeatedRequest(performance.now()))
  }

  get isProven(): boolean {
    return this.#transfer.isProven
  }

  get silences(): number {
    return this.#transfer.silences
  }

  receive(datagram: Uint8Array): void {
    if (this.#hasEnded) return
    const block = ackedBlock(datagram)
    if (block === undefined) {
      this.#onOther(datagram)
      return
    }
    const now = performance.now()
    const wasProven = this.#transfer.isProven
    const command = this.#transfer.onAck(block, now)
    if (command.do === 'nothing') return
    if (!wasProven && !this.#mayGoOn()) return
    if (this.#isHushed) this.wake()
    this.#promptness.answered(now)
    clearTimeout(this.#pause)
    this.#run(command)
    // The timer of the first answer is far too patient for what comes next.
    if (!wasProven && !this.#hasEnded) this.#watch()
  }

  /** Says nothing more unless the client does: it may have begun anew. */
  hush(): void {
    this.#isHushed = true
    clearTimeout(this.#silence)
    clearTimeout(this.#pause)
  }

  /** It was not the client who asked for something else. */
  wake(): void {
    if (!this.#isHushed || this.#hasEnded) return
    this.#isHushed = false
    this.#watch()
  }

  /** The client's port is closed (ICMP). Once it has been sent everything, it may well have all of it. */
  gone(): void {
    if (this.#transfer.isAllSent) this.#end({ kind: 'finished' })
    else this.abort('the client closed its port')
  }

  /** A datagram did not fit through (EMSGSIZE). */
  pathTooNarrow(): void {
    if (!this.#hasEnded) this.#run(this.#transfer.onPathTooNarrow(performance.now()))
  }

  /** The server stops, or needs the place. told: to the client. */
  abort(reason: string, told?: string): void {
    if (this.#hasEnded) return
    if (told !== undefined) this.#tell(told)
    this.#end({ kind: 'failed', reason, isProven: this.isProven })
  }

  /** Ends without a word to anybody. */
  drop(): void {
    this.#close()
  }

  #mayGoOn(): boolean {
    const refusal = this.#task.onProven()
    if (refusal === undefined) return true
    this.#tell(refusal)
    this.#end({ kind: 'failed', reason: refusal, isProven: false })
    return false
  }

  #tell(message: string): void {
    this.#task.link.send(encodeTftp({ kind: 'error', code: TFTP_ERROR.undefined, message }))
  }

  #onOther(datagram: Uint8Array): void {
    const packet = tryDecodeTftp(datagram)
    if (packet?.kind !== 'error') return
    if (this.#task.terms.accepted.has('tsize') && this.#transfer.ackedBytes === 0) {
      this.#end({ kind: 'size-told' })
      return
    }
    this.abort(`the client ended it: ${packet.message === '' ? `error ${packet.code}` : packet.message}`)
  }

  #run(command: TransferCommand): void {
    switch (command.do) {
      case 'nothing':
        return
      case 'send-options':
        this.#task.link.send(encodeTftp({ kind: 'option-ack', options: this.#task.terms.accepted }))
        return
      case 'send-blocks':
        this.#sendBlocks(command)
        return
      case 'finish':
        this.#end({ kind: 'finished' })
        return
      case 'fail':
        this.abort(command.reason, command.isTold ? command.reason : undefined)
        return
    }
  }

  #sendBlocks(command: SendBlocks): void {
    const { first, last, pauseMs } = command
    const { link, content, terms } = this.#task
    const end = last * terms.blockSizeBytes
    if (!content.isThere(end)) {
      this.#sendWhenThere(command, end)
      return
    }
    this.#frames ??= new BlockFrames({ bytes: content.bytes, ...terms })
    for (let block = first; block <= last; block++) link.send(this.#frames.frame(block))
    if (pauseMs === undefined) this.#promptness.sent(performance.now())
    else this.#pause = setTimeout(() => this.#run(this.#transfer.resume(performance.now())), pauseMs)
  }

  /** The file is still being read for its first client. */
  #sendWhenThere(command: SendBlocks, end: number): void {
    this.#task.content.whenThere(end).then(
      () => {
        if (!this.#hasEnded) this.#sendBlocks(command)
      },
      (error: Error) => this.abort(error.message, 'the file cannot be read'),
    )
  }

  /** One timer for the whole transfer: setting one for each block would cost more than the block. */
  #watch(): void {
    clearTimeout(this.#silence)
    const waitMs = this.#transfer.silentIn(performance.now())
    this.#silence = setTimeout(
      () => {
        if (this.#transfer.silentIn(performance.now()) <= 0) {
          clearTimeout(this.#pause)
          this.#run(this.#transfer.onSilence(performance.now()))
        }
        if (!this.#hasEnded) this.#watch()
      },
      Math.max(1, waitMs),
    )
  }

  #end(end: SessionEnd): void {
    if (this.#hasEnded) return
    this.#close()
    const { ackedBytes, resentBlocks } = this.#transfer
    this.#task.onEnd(end, { ackedBytes, resentBlocks })
  }

  #close(): void {
    this.#hasEnded = true
    clearTimeout(this.#silence)
    clearTimeout(this.#pause)
    this.#task.link.close()
  }
}

type SendBlocks = Extract<TransferCommand, { do: 'send-blocks' }>
