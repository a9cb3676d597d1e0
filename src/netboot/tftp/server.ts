// The TFTP server of one address: takes read requests on port 69 and runs each in a session. Read-only by construction.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { AppError } from '../../contract/errors.ts'
import type { TftpLimits } from '../config.ts'
import type { NetbootEventLog } from '../events.ts'
import type { CachedFile } from './file-cache.ts'
import type { FileContent } from './file-content.ts'
import { negotiate, type TransferTerms } from './negotiate.ts'
import { encodeTftp, TFTP_ERROR, type TftpPacket, tryDecodeTftp } from './packet.ts'
import { Session, type SessionEnd, type SessionSent } from './session.ts'
import { ownLink, sharedLink } from './session-link.ts'
import { WakefulLoop } from './wakefulness.ts'

export interface TftpServerOptions {
  readonly address: string
  readonly port: number
  /** Opened by somebody else and handed over; left out, one is opened here. */
  readonly socket?: Socket | undefined
  readonly limits: TftpLimits
  /** Files on disk and those made on the spot, by the name on the wire and who asks (its IPv4 address). */
  readonly read: (name: string, from: string) => Promise<CachedFile>
  readonly events: NetbootEventLog
  readonly now: () => number
}

/** With more transfers than this there is always something to do. */
const MAX_AWAITED = 4

type ReadRequest = Extract<TftpPacket, { kind: 'read' }>

interface Beginning {
  readonly request: ReadRequest
  readonly from: RemoteInfo
  readonly content: FileContent
  readonly terms: TransferTerms
  readonly startedAt: number
}

interface Ended {
  readonly from: string
  readonly file: string
  readonly sizeBytes: number
  readonly startedAt: number
}

export class TftpServer {
  #options: TftpServerOptions
  #socket: Socket | undefined
  /** By "address:port" of the client. */
  #sessions = new Map<string, Session>()
  #loop = new WakefulLoop()

  constructor(options: TftpServerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { address, port, socket } = this.#options
    this.#socket = socket ?? (await open(address, port))
    this.#socket.on('message', (datagram, from) => this.#receive(datagram, from))
  }

  /** Where it listens: of use when the port was 0. */
  get port(): number {
    return this.#socket?.address().port ?? this.#options.port
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions.values()) session.abort('the server stops')
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) await new Promise<void>((closed) => socket.close(() => closed()))
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    // Only single-port transfers are spoken to here after their request.
    const session = this.#sessions.get(keyOf(from))
    const packet = tryDecodeTftp(datagram)
    switch (packet?.kind) {
      case 'read':
        if (session === undefined) void this.#serve(packet, from)
        else session.repeat()
        return
      case 'write':
        this.#refuse(packet.file, from, TFTP_ERROR.accessViolation, 'this server only reads')
        return
      case 'ack':
      case 'error':
        session?.receive(datagram)
        return
      case 'data':
      case 'option-ack':
      case undefined:
        return
    }
  }

  async #serve(request: ReadRequest, from: RemoteInfo): Promise<void> {
    const refusal = this.#refusalOf(request, from)
    if (refusal !== undefined) {
      this.#refuse(request.file, from, refusal.code, refusal.reason)
      return
    }
    const startedAt = this.#options.now()
    const file = await this.#options.read(request.file, from.address)
    if (file.kind === 'refused') {
      const code = file.reason === 'not-found' ? TFTP_ERROR.notFound : TFTP_ERROR.accessViolation
      this.#refuse(request.file, from, code, REASONS[file.reason])
      return
    }
    // Two copies of one request can both have got here while the file was read.
    const socket = this.#socket
    if (this.#sessions.has(keyOf(from)) || socket === undefined) return
    const terms = negotiate(request.options, file.content.bytes.length, this.#options.limits)
    this.#begin({ request, from, content: file.content, terms, startedAt }, socket)
  }

  #refusalOf({ mode }: ReadRequest, from: RemoteInfo): { code: number; reason: string } | undefined {
    const { limits } = this.#options
    if (mode === 'netascii')
      return { code: TFTP_ERROR.illegalOperation, reason: 'netascii would change the file: ask for it in octet (binary) mode' }
    if (mode !== 'octet')
      return { code: TFTP_ERROR.illegalOperation, reason: `unknown mode "${mode}": ask in octet (binary) mode` }
    if (this.#sessions.size >= limits.maxTransfers)
      return { code: TFTP_ERROR.undefined, reason: 'too many transfers at once: ask again' }
    const ofClient = [...this.#sessions.keys()].filter((key) => key.startsWith(`${from.address}:`)).length
    if (ofClient >= limits.maxTransfersPerClient)
      return { code: TFTP_ERROR.undefined, reason: 'too many transfers of one machine at once' }
    return undefined
  }

  #begin({ request, from, content, terms, startedAt }: Beginning, socket: Socket): void {
    const { events, limits, address } = this.#options
    const key = keyOf(from)
    const sizeBytes = content.bytes.length
    const about = { from: from.address, file: request.file, sizeBytes }
    const link = limits.isSinglePort
      ? sharedLink(socket, from)
      : ownLink({
          address,
          client: from,
          onDatagram: (datagram) => session.receive(datagram),
          onGone: (reason) => session.abort(reason),
        })
    const session = new Session({
      content,
      terms,
      link,
      stayAwakeUntil: (until) => {
        if (this.#sessions.size <= MAX_AWAITED) this.#loop.stayAwakeUntil(until)
      },
      onEnd: (end, sent) => {
        this.#sessions.delete(key)
        this.#tellEnd(end, sent, { ...about, startedAt })
      },
    })
    this.#sessions.set(key, session)
    const { blockSizeBytes, windowBlocks } = terms
    events.emit({ type: 'tftp.started', ...about, blockSizeBytes, windowBlocks })
    session.start()
  }

  #tellEnd(end: SessionEnd, { ackedBytes, resentBlocks }: SessionSent, { startedAt, ...about }: Ended): void {
    const { events, now } = this.#options
    const { from, file } = about
    switch (end.kind) {
      case 'failed':
        events.emit({ type: 'tftp.failed', from, file, reason: end.reason, sentBytes: ackedBytes })
        return
      case 'size-told':
        events.emit({ type: 'tftp.size-told', ...about })
        return
      case 'finished':
        events.emit({ type: 'tftp.finished', ...about, durationMs: now() - startedAt, resentBlocks })
    }
  }

  #refuse(file: string, from: RemoteInfo, code: number, reason: string): void {
    this.#socket?.send(encodeTftp({ kind: 'error', code, message: reason }), from.port, from.address)
    this.#options.events.emit({ type: 'tftp.refused', from: from.address, file, reason })
  }
}

const REASONS = {
  'not-found': 'no such file',
  outside: 'not inside the folder of loaders',
  'too-large': 'larger than this server sends by TFTP',
} as const

async function open(address: string, port: number): Promise<Socket> {
  if (!isIPv4(address))
    throw new AppError('NETBOOT_INTERFACE_UNUSABLE', `"${address}" is not an IPv4 address`, 'Give the interface an IPv4 address.')
  // Room for the requests of a rack that is switched on at once.
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 })
  await new Promise<void>((bound, failed) => {
    socket.once('error', (cause) =>
      failed(
        new AppError(
          'APPLIANCE_PORT_TAKEN',
          `cannot listen for TFTP on UDP ${address}:${port} (${cause.message})`,
          `Find the program with \`ss -lunp 'sport = :${port}'\` and stop it.`,
          { cause },
        ),
      ),
    )
    socket.bind(port, address, () => {
      socket.removeAllListeners('error')
      // ICMP errors of clients that went away; one machine's trouble ends at that machine.
      socket.on('error', () => {})
      bound()
    })
  })
  return socket
}

function keyOf({ address, port }: RemoteInfo): string {
  return `${address}:${port}`
}
