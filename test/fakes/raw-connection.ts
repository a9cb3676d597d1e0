// A TCP connection with no manners of its own: it says what it is told to, byte by byte, and keeps what it hears.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export class RawConnection {
  readonly socket: Socket
  /** When the other side has closed, however it did. */
  readonly closed: Promise<void>
  heard = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.heard += text
    })
    // A reset is an answer, too.
    socket.on('error', () => {})
    this.closed = new Promise((done) => socket.once('close', () => done()))
  }

  static async open(port: number, { localAddress }: { localAddress?: string } = {}): Promise<RawConnection> {
    const socket = connect({ host: '127.0.0.1', port, ...(localAddress === undefined ? {} : { localAddress }) })
    const connection = new RawConnection(socket)
    await once(socket, 'connect')
    return connection
  }

  get isOpen(): boolean {
    return this.socket.readyState === 'open' && !this.socket.destroyed
  }

  say(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text, 'latin1')
  }

  /** Until what was heard fits; rejects when the connection closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.heard)) {
      await Promise.race([once(this.socket, 'data'), this.closed])
      if (!this.isOpen && !pattern.test(this.heard)) throw new Error(`closed after ${JSON.stringify(this.heard.slice(0, 200))}`)
    }
    return this.heard
  }

  end(): void {
    this.socket.destroy()
  }
}
