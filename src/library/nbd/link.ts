// One TCP connection as a row of bytes: so many are taken, in order; what is written waits until the peer has room. Touches the socket.
import type { Socket } from 'node:net'

/** The peer went away, or was cut off. */
export class LinkClosed extends Error {
  override readonly name = 'LinkClosed'
}

export class Link {
  readonly #socket: Socket
  #waiting: (() => void) | undefined
  #isClosed = false

  constructor(socket: Socket) {
    this.#socket = socket
    const wake = () => this.#wake()
    const closed = () => {
      this.#isClosed = true
      this.#wake()
    }
    socket.on('readable', wake)
    socket.on('drain', wake)
    socket.on('end', closed)
    socket.on('close', closed)
    // What went wrong shows as the close that follows.
    socket.on('error', () => {})
  }

  /** Exactly so many bytes. Nothing beyond them is read from the socket's own small buffer. Throws LinkClosed. */
  async take(sizeBytes: number): Promise<Buffer> {
    if (sizeBytes === 0) return Buffer.alloc(0)
    const parts: Buffer[] = []
    for (let left = sizeBytes; left > 0; ) {
      const available = this.#socket.readableLength
      const part = available === 0 ? null : (this.#socket.read(Math.min(left, available)) as Buffer | null)
      if (part !== null) {
        parts.push(part)
        left -= part.length
      } else if (this.#isClosed) throw new LinkClosed('the peer is gone')
      // An empty read starts the next fill of the buffer.
      else await this.#change(() => this.#socket.read(0))
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, sizeBytes)
  }

  /** Bytes that nobody needs, without keeping them. */
  async skip(sizeBytes: number): Promise<void> {
    for (let left = sizeBytes; left > 0; ) {
      const part = await this.take(Math.min(left, 65_536))
      left -= part.length
    }
  }

  async send(...parts: readonly Buffer[]): Promise<void> {
    if (this.#isClosed) throw new LinkClosed('the peer is gone')
    this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
    while (this.#socket.writableNeedDrain) {
      if (this.#isClosed) throw new LinkClosed('the peer is gone')
      await this.#change(() => {})
    }
  }

  /** Cuts it off, whatever waits. */
  cut(): void {
    this.#socket.destroy()
  }

  /** Sends what is left and closes. Without more ado: a socket whose bytes nobody reads any more would never see the peer's end. */
  end(): void {
    this.#socket.destroySoon()
  }

  #change(begin: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve
      begin()
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}
