// The NBD server: takes connections within its limits, and runs each in a session. Opens a TCP port.
import { createServer, type Server, type Socket } from 'node:net'
import { AppError } from '../../contract/errors.ts'
import type { Clock, Log } from '../../store/index.ts'
import type { NbdLimits } from './limits.ts'
import { Link, LinkClosed } from './link.ts'
import { type NbdExports, runSession } from './session.ts'

/** TCP asks a silent peer whether it is there. */
const PROBE_AFTER_MS = 60_000

export interface NbdServerOptions {
  readonly listen: string
  readonly port: number
  readonly limits: NbdLimits
  readonly exportsFor: (address: string) => NbdExports
  readonly clock: Clock
  readonly log: Log
}

interface Peer {
  readonly address: string
  isReading: boolean
}

export class NbdServer {
  readonly #options: NbdServerOptions
  readonly #server: Server
  readonly #open = new Map<Socket, Peer>()

  constructor(options: NbdServerOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS })
    this.#server.on('connection', (socket) => this.#take(socket))
  }

  /** Throws APPLIANCE_PORT_TAKEN. */
  async start(): Promise<void> {
    const { listen, port } = this.#options
    await new Promise<void>((up, failed) => {
      this.#server.once('error', (cause) => failed(portTaken(listen, port, cause)))
      this.#server.listen({ host: listen, port }, up)
    })
  }

  /** Where it listens: of use when the port was 0. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : this.#options.port
  }

  /** Cuts whoever still reads. May be called when it was never started. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()))
    for (const socket of this.#open.keys()) socket.destroy()
    await closed
  }

  #take(socket: Socket): void {
    const { limits } = this.#options
    const address = socket.remoteAddress ?? ''
    const here = [...this.#open.values()]
    const reading = here.filter(({ isReading }) => isReading).length
    const ofThis = here.filter((other) => other.address === address).length
    if (address === '' || reading >= limits.maxConnections || ofThis >= limits.maxConnectionsPerAddress) {
      socket.destroy()
      return
    }
    // Whoever connects and says nothing keeps nobody else out.
    const [oldest] = [...this.#open].filter(([, { isReading }]) => !isReading)
    if (oldest !== undefined && here.length - reading >= limits.maxNegotiations) oldest[0].destroy()
    const peer: Peer = { address, isReading: false }
    this.#open.set(socket, peer)
    socket.once('close', () => this.#open.delete(socket))
    void this.#serve(socket, peer)
  }

  async #serve(socket: Socket, peer: Peer): Promise<void> {
    const { limits, log, exportsFor, clock } = this.#options
    const { address } = peer
    const link = new Link(socket)
    let callOff = () => {}
    let title: string | undefined
    try {
      await runSession({
        link,
        exports: exportsFor(address),
        limits,
        expectWithin(seconds) {
          callOff()
          callOff = clock.after(seconds * 1000, () => link.cut())
        },
        onOpen(disk) {
          peer.isReading = true
          title = disk.title
          log.info({ peer: address, disk: title }, `${address} reads ${title} by NBD`)
        },
        onReadFailed: (disk, error) => log.error({ err: error, peer: address }, `${disk.title} cannot be read`),
      })
      link.end()
    } catch (error) {
      if (!(error instanceof LinkClosed)) log.error({ err: error, peer: address }, 'an NBD connection failed')
      link.cut()
    } finally {
      callOff()
      if (title !== undefined) log.info({ peer: address, disk: title }, `${address} has closed ${title}`)
    }
  }
}

function portTaken(listen: string, port: number, cause: Error): AppError {
  const hint = `See who holds it with \`ss -ltnp 'sport = :${port}'\`, or take another: nbd.port.`
  return new AppError('APPLIANCE_PORT_TAKEN', `cannot listen for NBD on TCP ${listen}:${port} (${cause.message})`, hint, {
    cause,
  })
}
