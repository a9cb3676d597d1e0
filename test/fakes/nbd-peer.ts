// A client of NBD that says what it is told to, right or wrong, and keeps what it hears.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export class NbdPeer {
  readonly socket: Socket
  readonly closed: Promise<void>
  heard = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.heard = Buffer.concat([this.heard, bytes])
    })
    socket.on('error', () => {})
    this.closed = new Promise((done) => socket.once('close', () => done()))
  }

  static async open(port: number, localAddress = '127.0.0.1'): Promise<NbdPeer> {
    const socket = connect({ host: '127.0.0.1', port, localAddress })
    const peer = new NbdPeer(socket)
    await once(socket, 'connect')
    return peer
  }

  say(...parts: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts))
  }

  /** The next bytes. Rejects when it closes before they are there. */
  async hear(sizeBytes: number): Promise<Buffer> {
    while (this.heard.length < sizeBytes) {
      if (this.socket.destroyed || this.socket.readableEnded)
        throw new Error(`closed after ${this.heard.length} of ${sizeBytes} bytes`)
      await Promise.race([once(this.socket, 'data'), this.closed])
    }
    const bytes = this.heard.subarray(0, sizeBytes)
    this.heard = this.heard.subarray(sizeBytes)
    return bytes
  }

  /** The greeting, and flags for it. */
  async greet(flags = 3): Promise<void> {
    await this.hear(18)
    this.say(u32(flags))
  }

  /** Its reply: the kind and the data. */
  async ask(option: number, data: Buffer = Buffer.alloc(0)): Promise<{ kind: number; data: Buffer }> {
    this.say(optionOf(option, data))
    return this.reply()
  }

  async reply(): Promise<{ kind: number; data: Buffer }> {
    const header = await this.hear(20)
    return { kind: header.readUInt32BE(12), data: await this.hear(header.readUInt32BE(16)) }
  }

  /** GO, as far as its answer; true: requests may follow. */
  async go(name: string): Promise<boolean> {
    this.say(optionOf(7, infoQuery(name)))
    for (;;) {
      const { kind } = await this.reply()
      if (kind !== 3) return kind === 1
    }
  }

  /** Error, and as many bytes as were asked for when there is none. */
  async read(offset: bigint, length: number): Promise<{ error: number; data: Buffer }> {
    this.say(requestOf(0, offset, length))
    const header = await this.hear(16)
    const error = header.readUInt32BE(4)
    return { error, data: error === 0 ? await this.hear(length) : Buffer.alloc(0) }
  }

  end(): void {
    this.socket.destroy()
  }
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

export const optionOf = (option: number, data: Buffer, length = data.length): Buffer =>
  Buffer.concat([Buffer.from('IHAVEOPT'), u32(option), u32(length), data])

export const infoQuery = (name: string): Buffer =>
  Buffer.concat([u32(Buffer.byteLength(name)), Buffer.from(name), Buffer.from([0, 0])])

export function requestOf(command: number, offset: bigint, length: number, magic = 0x25609513): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt32BE(magic, 0)
  bytes.writeUInt16BE(command, 6)
  bytes.writeBigUInt64BE(0x1122334455667788n, 8)
  bytes.writeBigUInt64BE(offset, 16)
  bytes.writeUInt32BE(length >>> 0, 24)
  return bytes
}
