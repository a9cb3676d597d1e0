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
  | { readonly kind: 'failed'; readonly reason: string }

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
  readonly onEnd: (end: SessionEnd, sent: SessionSent) => void
}

export class Session {
  #task: SessionTask
  #transfer: Transfer
  #frames: BlockFrames
  #promptness: Promptness
  #silence: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #hasEnded = false

  constructor(task: SessionTask) {
    const { terms } = task
    const { bytes } = task.content
    this.#task = task
    this.#promptness = new Promptness(task.stayAwakeUntil)
    this.#frames = new BlockFrames({ bytes, blockSizeBytes: terms.blockSizeBytes, windowBlocks: terms.windowBlocks })
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

  receive(datagram: Uint8Array): void {
    if (this.#hasEnded) return
    const block = ackedBlock(datagram)
    if (block === undefined) {
      this.#onOther(datagram)
      return
    }
    const now = performance.now()
    const command = this.#transfer.onAck(block, now)
    if (command.do === 'nothing') return
    this.#promptness.answered(now)
    clearTimeout(this.#pause)
    this.#run(command)
  }

  /** The client's port is closed (ICMP), or the server stops. */
  abort(reason: string): void {
    this.#end({ kind: 'failed', reason })
  }

  #onOther(datagram: Uint8Array): void {
    const packet = tryDecodeTftp(datagram)
    if (packet?.kind !== 'error') return
    if (this.#task.terms.accepted.has('tsize') && this.#transfer.ackedBytes === 0) {
      this.#end({ kind: 'size-told' })
      return
    }
    this.#end({
      kind: 'failed',
      reason: `the client ended it: ${packet.message === '' ? `error ${packet.code}` : packet.message}`,
    })
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
        this.#task.link.send(encodeTftp({ kind: 'error', code: TFTP_ERROR.undefined, message: 'timeout' }))
        this.#end({ kind: 'failed', reason: command.reason })
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
      (error: Error) => this.#end({ kind: 'failed', reason: error.message }),
    )
  }

  /** One timer for the whole transfer: setting one for each block would cost more than the block. */
  #watch(): void {
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
    this.#hasEnded = true
    clearTimeout(this.#silence)
    clearTimeout(this.#pause)
    this.#task.link.close()
    const { ackedBytes, resentBlocks } = this.#transfer
    this.#task.onEnd(end, { ackedBytes, resentBlocks })
  }
}

type SendBlocks = Extract<TransferCommand, { do: 'send-blocks' }>
