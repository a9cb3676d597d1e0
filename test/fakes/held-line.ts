// A line between a site and its central on loopback, in the hands of the test: it counts what goes each way, cuts after so many bytes, flips one, or is
// down. What it carries is TCP; it knows nothing of HTTP.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class HeldLine implements AsyncDisposable {
  readonly #target: () => number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** What came from central. */
  downBytes = 0
  upBytes = 0
  isDown = false
  /** Of each of these many bytes that come down the connection is cut; undefined: not at all. */
  cutAfter: number | undefined
  /** The byte that comes as this one of all is another one. */
  flipAt: number | undefined

  private constructor(target: () => number) {
    this.#target = target
    this.#server = createServer((site) => this.#carry(site))
  }

  static async to(target: () => number): Promise<HeldLine> {
    const line = new HeldLine(target)
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Breaks what is under way; what is asked next goes through unless it is down. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  down(): void {
    this.isDown = true
    this.cut()
  }

  up(): void {
    this.isDown = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #carry(site: Socket): void {
    if (this.isDown) return void site.destroy()
    const central = connect(this.#target(), '127.0.0.1')
    let carried = 0
    for (const [one, other] of [
      [site, central],
      [central, site],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    site.on('data', (bytes) => {
      this.upBytes += bytes.length
      central.write(bytes)
    })
    central.on('data', (bytes) => {
      const before = this.downBytes
      this.downBytes += bytes.length
      carried += bytes.length
      const at = this.flipAt === undefined ? -1 : this.flipAt - before
      if (at >= 0 && at < bytes.length) bytes[at] = bytes[at]! ^ 0x10
      site.write(bytes)
      if (this.cutAfter !== undefined && carried >= this.cutAfter) {
        site.destroySoon()
        central.destroy()
      }
    })
  }
}
