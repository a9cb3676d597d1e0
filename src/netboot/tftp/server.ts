// The TFTP server of one address: takes read requests on port 69 and runs each in a session. Read-only by construction.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { AppError } from '../../contract/errors.ts'
import type { TftpLimits } from '../config.ts'
import type { NetbootEventLog } from '../events.ts'
import type { CachedFile } from './file-cache.ts'
import { tryDecodeTftp } from './packet.ts'
import { Transfers } from './transfers.ts'

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

export class TftpServer {
  #options: TftpServerOptions
  #socket: Socket | undefined
  #transfers: Transfers | undefined

  constructor(options: TftpServerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { address, port } = this.#options
    const socket = this.#options.socket ?? (await open(address, port))
    const transfers = new Transfers({ ...this.#options, socket })
    socket.on('message', (datagram, from) => this.#receive(datagram, from, transfers))
    this.#socket = socket
    this.#transfers = transfers
  }

  /** Where it listens: of use when the port was 0. */
  get port(): number {
    return this.#socket?.address().port ?? this.#options.port
  }

  async stop(): Promise<void> {
    this.#transfers?.stop()
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) await new Promise<void>((closed) => socket.close(() => closed()))
  }

  #receive(datagram: Buffer, from: RemoteInfo, transfers: Transfers): void {
    const packet = tryDecodeTftp(datagram)
    switch (packet?.kind) {
      case 'read':
        transfers.request(packet, from)
        return
      case 'write':
        transfers.refuse(packet.file, from, 'write')
        return
      case 'ack':
      case 'error':
        // A transfer has a socket of its own, which knows its client: what comes here for one was sent by somebody else.
        if (this.#options.limits.isSinglePort) transfers.receive(datagram, from)
        return
      case 'data':
      case 'option-ack':
      case undefined:
        return
    }
  }
}

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
