// A TFTP client with no manners of its own: a bare socket, from any address of loopback, that keeps all that it hears and answers only when told.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { decodeTftp, encodeTftp, type TftpPacket } from '../../src/netboot/tftp/packet.ts'

export interface Heard {
  readonly packet: TftpPacket
  readonly sizeBytes: number
  /** The server's port. */
  readonly port: number
}

export class RawTftp {
  readonly heard: Heard[] = []
  readonly #socket: Socket
  readonly #server: number
  #wake: () => void = () => {}

  private constructor(socket: Socket, server: number) {
    this.#socket = socket
    this.#server = server
    socket.on('error', () => {})
    socket.on('message', (bytes: Buffer, { port }: RemoteInfo) => {
      this.heard.push({ packet: decodeTftp(bytes), sizeBytes: bytes.length, port })
      this.#wake()
    })
  }

  /** server: its port on 127.0.0.1. */
  static async open(server: number, address = '127.0.0.1'): Promise<RawTftp> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    await new Promise<void>((bound) => socket.bind(0, address, () => bound()))
    return new RawTftp(socket, server)
  }

  ask(file: string, options: Readonly<Record<string, string>> = {}): Promise<void> {
    return this.send(encodeTftp({ kind: 'read', file, mode: 'octet', options: new Map(Object.entries(options)) }))
  }

  ack(block: number, port: number): Promise<void> {
    return this.send(encodeTftp({ kind: 'ack', block: block & 0xffff }), port)
  }

  send(bytes: Uint8Array, port = this.#server): Promise<void> {
    return new Promise((sent) => this.#socket.send(bytes, port, '127.0.0.1', () => sent()))
  }

  /** The first thing heard from index on that fits. Waits for it. */
  async until(fits: (heard: Heard) => boolean, from = 0): Promise<Heard> {
    for (;;) {
      const found = this.heard.slice(from).find(fits)
      if (found !== undefined) return found
      await new Promise<void>((woken) => {
        this.#wake = woken
      })
    }
  }

  /** All of the file, in lock-step, as the plainest ROM does it; the message when it is refused. */
  async fetch(file: string, options: Readonly<Record<string, string>> = {}): Promise<Buffer | string> {
    const begin = this.heard.length
    await this.ask(file, options)
    return this.take(begin, Number(options.blksize ?? 512))
  }

  /** Goes on from what was heard at index, and acknowledges whatever transfer that was. */
  async take(index: number, blockBytes = 512): Promise<Buffer | string> {
    const parts: Buffer[] = []
    let next = index
    let port: number | undefined
    let agreed = blockBytes
    for (;;) {
      const from = next
      const { packet, port: sender } = await this.until((heard) => port === undefined || heard.port === port, from)
      next = this.heard.findIndex((heard, at) => at >= from && heard.packet === packet) + 1
      port ??= sender
      if (packet.kind === 'error') return packet.message
      if (packet.kind === 'option-ack') {
        agreed = Number(packet.options.get('blksize') ?? 512)
        await this.ack(0, port)
      }
      if (packet.kind !== 'data') continue
      if (packet.block === ((parts.length + 1) & 0xffff)) parts.push(Buffer.from(packet.payload))
      await this.ack(parts.length, port)
      if (packet.payload.length < agreed && packet.block === (parts.length & 0xffff)) return Buffer.concat(parts)
    }
  }

  close(): void {
    this.#socket.close()
  }
}
