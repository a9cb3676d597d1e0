// All transfers of a TFTP server, from the request to the end: who may have one, which request is a repetition, what is told about it.
import type { RemoteInfo, Socket } from 'node:dgram'
import { Allowance } from './allowance.ts'
import type { FileContent } from './file-content.ts'
import { printable } from './name-tail.ts'
import { negotiate, type TransferTerms } from './negotiate.ts'
import { encodeTftp, isSameRequest, type ReadRequest } from './packet.ts'
import { interfaceMtu, PathLimits } from './path-limits.ts'
import { TransferPools } from './pools.ts'
import { modeRefusal, REFUSALS, type Refusal } from './refusals.ts'
import type { TftpServerOptions } from './server.ts'
import { Session, type SessionEnd, type SessionSent } from './session.ts'
import { ownLink, type SessionLink, sharedLink } from './session-link.ts'
import { WakefulLoop } from './wakefulness.ts'

export interface TransfersDeps extends TftpServerOptions {
  readonly socket: Socket
}

/** With more transfers than this there is always something to do. */
const MAX_AWAITED = 4
/** Of whole blocks to an address that did not stand by its requests. More, and we would send somebody what he never asked for. */
const UNASKED_BLOCKS_PER_SECOND = 1
/** Lines about requests that came to nothing: of one address, and of all. */
const LINES_OF_ONE = { atOnce: 50, perSecond: 5 }
const LINES_OF_ALL = { atOnce: 500, perSecond: 50 }

/** A request, and its transfer once the file is found. */
class Asking {
  readonly request: ReadRequest
  readonly from: RemoteInfo
  readonly key: string
  session: Session | undefined
  /** What the client fetched before. It goes on when this request turns out to be nobody's: a request is easily forged. */
  before: Asking | undefined

  constructor(request: ReadRequest, from: RemoteInfo) {
    this.request = request
    this.from = from
    this.key = keyOf(from)
  }

  get address(): string {
    return this.from.address
  }

  get silences(): number {
    return this.session?.silences ?? 0
  }

  get isProven(): boolean {
    return this.session?.isProven === true
  }
}

export class Transfers {
  #deps: TransfersDeps
  /** The newest of each client, by "address:port". */
  #newest = new Map<string, Asking>()
  #pools: TransferPools<Asking>
  #paths: PathLimits
  #unaskedBlocks: Allowance
  #linesOfOne = new Allowance(LINES_OF_ONE)
  #linesOfAll = new Allowance(LINES_OF_ALL)
  #loop = new WakefulLoop()
  #hasStopped = false

  constructor(deps: TransfersDeps) {
    this.#deps = deps
    this.#pools = new TransferPools(deps.limits)
    this.#paths = new PathLimits(() => interfaceMtu(deps.address))
    this.#unaskedBlocks = new Allowance({ atOnce: deps.limits.maxTransfersPerClient, perSecond: UNASKED_BLOCKS_PER_SECOND })
  }

  stop(): void {
    this.#hasStopped = true
    for (const { session } of this.#pools.all()) session?.abort('the server stops')
  }

  /** The same request again is a repetition for as long as nothing was acknowledged. Any other says what the client wants now. */
  request(request: ReadRequest, from: RemoteInfo): void {
    const known = this.#newest.get(keyOf(from))
    if (known !== undefined && !known.isProven && isSameRequest(known.request, request)) {
      known.session?.repeat()
      return
    }
    const begun = known?.isProven === true ? known : known?.before
    const refusal = modeRefusal(request) ?? (begun === undefined ? this.#pools.refusalOf(from.address) : undefined)
    if (refusal !== undefined) {
      this.refuse(request.file, from, refusal)
      return
    }
    const asking = new Asking(request, from)
    if (known !== undefined) this.#supersede(known, asking)
    this.#newest.set(asking.key, asking)
    const oldest = this.#pools.open(asking)
    if (oldest !== undefined) this.#drop(oldest)
    void this.#serve(asking)
  }

  /** For transfers that have no socket of their own. */
  receive(datagram: Uint8Array, from: RemoteInfo): void {
    this.#newest.get(keyOf(from))?.session?.receive(datagram)
  }

  refuse(file: string, { address, port }: RemoteInfo, refusal: Refusal): void {
    const { code, wire, reason } = REFUSALS[refusal]
    this.#deps.socket.send(encodeTftp({ kind: 'error', code, message: wire }), port, address)
    if (this.#mayTell(address)) this.#deps.events.emit({ type: 'tftp.refused', from: address, file: printable(file), reason })
  }

  /** What the client fetched until now falls silent, and ends once the new transfer is acknowledged. */
  #supersede(known: Asking, asking: Asking): void {
    const begun = known.isProven ? known : known.before
    known.before = undefined
    if (begun !== known) this.#drop(known)
    // Through one port nobody can tell which of the two an ACK is for.
    if (this.#deps.limits.isSinglePort) begun?.session?.abort(ASKED_ANEW)
    else {
      begun?.session?.hush()
      asking.before = begun
    }
  }

  async #serve(asking: Asking): Promise<void> {
    const { request, from } = asking
    const startedAt = this.#deps.now()
    const found = await this.#deps.read(request.file, from.address)
    // It may have been superseded, or had to go, while the file was looked for.
    if (this.#newest.get(asking.key) !== asking || this.#hasStopped) return
    if (found.kind === 'refused') {
      this.#drop(asking)
      this.refuse(request.file, from, found.reason)
      return
    }
    const terms = this.#negotiate(asking, found.content)
    // An answer without options is a whole block, for a request of a few bytes.
    const isCostly = terms.accepted.size === 0
    if (isCostly && !this.#unaskedBlocks.take(from.address, performance.now())) this.#drop(asking)
    else this.#begin({ asking, content: found.content, terms, startedAt, isCostly })
  }

  #negotiate({ request, address }: Asking, content: FileContent): TransferTerms {
    const { limits } = this.#deps
    const maxBlockBytes = Math.min(limits.maxBlockBytes, this.#paths.maxBlockBytes(address, performance.now()))
    return negotiate(request.options, content.bytes.length, { ...limits, maxBlockBytes })
  }

  #begin({ asking, content, terms, startedAt, isCostly }: Beginning): void {
    const { blockSizeBytes, windowBlocks } = terms
    const about = { from: asking.address, file: printable(asking.request.file), sizeBytes: content.bytes.length }
    const session = new Session({
      content,
      terms,
      link: this.#linkOf(asking, blockSizeBytes),
      stayAwakeUntil: (until) => {
        if (this.#pools.size <= MAX_AWAITED) this.#loop.stayAwakeUntil(until)
      },
      onProven: () => {
        if (isCostly) this.#unaskedBlocks.giveBack(asking.address, performance.now())
        const refusal = this.#prove(asking)
        if (refusal !== undefined) return REFUSALS[refusal].wire
        this.#deps.events.emit({ type: 'tftp.started', ...about, blockSizeBytes, windowBlocks })
        return undefined
      },
      onEnd: (end, sent) => {
        this.#forget(asking)
        this.#tellEnd(end, sent, { ...about, startedAt })
      },
    })
    asking.session = session
    session.start()
  }

  #linkOf(asking: Asking, blockBytes: number): SessionLink {
    const { socket, limits, address } = this.#deps
    if (limits.isSinglePort) return sharedLink(socket, asking.from)
    return ownLink({
      address,
      client: asking.from,
      onDatagram: (datagram) => asking.session?.receive(datagram),
      onGone: () => asking.session?.gone(),
      onBroken: (reason) => asking.session?.abort(reason),
      onTooNarrow: () => {
        this.#paths.noteTooNarrow(asking.address, blockBytes, performance.now())
        asking.session?.pathTooNarrow()
      },
    })
  }

  #prove(asking: Asking): Refusal | undefined {
    const { before } = asking
    asking.before = undefined
    before?.session?.abort(ASKED_ANEW)
    const proven = this.#pools.prove(asking)
    if (proven.kind === 'refused') return proven.reason
    proven.insteadOf?.session?.abort('its client was silent, and another needed the place')
    return undefined
  }

  /** Without a word to anybody. */
  #drop(asking: Asking): void {
    this.#forget(asking)
    asking.session?.drop()
  }

  #forget(asking: Asking): void {
    this.#pools.close(asking)
    const newest = this.#newest.get(asking.key)
    if (newest?.before === asking) newest.before = undefined
    if (newest !== asking) return
    const { before } = asking
    if (before === undefined) this.#newest.delete(asking.key)
    else this.#newest.set(asking.key, before)
    before?.session?.wake()
  }

  #mayTell(address: string): boolean {
    const now = performance.now()
    return this.#linesOfOne.take(address, now) && this.#linesOfAll.take('', now)
  }

  #tellEnd(end: SessionEnd, { ackedBytes, resentBlocks }: SessionSent, { startedAt, ...about }: Ended): void {
    const { events, now } = this.#deps
    const { from, file } = about
    switch (end.kind) {
      case 'failed':
        if (end.isProven || this.#mayTell(from))
          events.emit({ type: 'tftp.failed', from, file, reason: end.reason, sentBytes: ackedBytes })
        return
      case 'size-told':
        if (this.#mayTell(from)) events.emit({ type: 'tftp.size-told', ...about })
        return
      case 'finished':
        events.emit({ type: 'tftp.finished', ...about, durationMs: now() - startedAt, resentBlocks })
    }
  }
}

const ASKED_ANEW = 'the client asked for something else'

interface Beginning {
  readonly asking: Asking
  readonly content: FileContent
  readonly terms: TransferTerms
  readonly startedAt: number
  readonly isCostly: boolean
}

interface Ended {
  readonly from: string
  readonly file: string
  readonly sizeBytes: number
  readonly startedAt: number
}

function keyOf({ address, port }: RemoteInfo): string {
  return `${address}:${port}`
}
