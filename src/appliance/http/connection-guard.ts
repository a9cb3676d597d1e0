// Holds the connections of an HTTP server to their limits: none that only waits or drips stays, and none of them keeps others out.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limitGroupOf } from '../../contract/address-group.ts'
import { begins, type ConnectionLimits, judge, mostDispensable, type Sample, type Standing } from './connection-limits.ts'

const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

class Connection {
  readonly socket: Socket
  readonly group: string
  standing: Standing
  /** Requests whose answers are not through. */
  #open = new Set<ServerResponse>()
  #newest: IncomingMessage | undefined
  /** socket.bytesRead when the last answer was through. */
  #readBeforeIdle = -1

  constructor(socket: Socket, group: string, now: number) {
    this.socket = socket
    this.group = group
    this.standing = begins(this.sample(), now)
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#newest = request
    this.#open.add(response)
    response.once('close', () => {
      this.#open.delete(response)
      this.#readBeforeIdle = this.socket.bytesRead
    })
  }

  get hasAnswered(): boolean {
    return [...this.#open].some((response) => response.headersSent)
  }

  sample(): Sample {
    const queuedBytes = this.socket.writableLength
    return { phase: this.#phase(queuedBytes), movedBytes: this.socket.bytesRead + takenBytes(this.socket) }
  }

  #phase(queuedBytes: number): Sample['phase'] {
    const request = this.#newest
    if (request === undefined) return 'headers'
    if (this.#open.size > 0) {
      if (queuedBytes > 0) return 'sending'
      // What has come and was not taken out is our delay: a store that cannot keep up.
      return !request.complete && request.readableLength === 0 ? 'receiving' : 'working'
    }
    if (!request.complete) return 'lingering'
    return this.socket.bytesRead > this.#readBeforeIdle ? 'headers' : 'idle'
  }
}

/**
 * Bytes that the kernel has taken. Node counts a write as one, however large and slow; the handle knows better, and is what Node's own
 * time-out for sockets asks.
 */
function takenBytes(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { bytesWritten?: number; writeQueueSize?: number } | null }
  if (handle?.bytesWritten === undefined) return socket.bytesWritten - socket.writableLength
  return handle.bytesWritten - (handle.writeQueueSize ?? 0)
}

interface GuardDeps {
  readonly now?: () => number
  /** What tells of a connection that carries HTTP. For TLS: secureConnection. */
  readonly event?: 'connection' | 'secureConnection'
}

/** To be called before the server listens. */
export function guardConnections(
  server: Server,
  limits: ConnectionLimits,
  { now = () => performance.now(), event = 'connection' }: GuardDeps = {},
): void {
  const bySocket = new Map<Socket, Connection>()
  const byGroup = new Map<string, Set<Connection>>()

  server.on(event, (socket: Socket) => {
    const group = limitGroupOf(socket.remoteAddress ?? '')
    const ofGroup = byGroup.get(group) ?? new Set()
    if (!makeRoom(ofGroup, limits.maxPerAddress) || !makeRoom(bySocket.values(), limits.maxConnections, bySocket.size)) {
      socket.destroy()
      return
    }
    const connection = new Connection(socket, group, now())
    bySocket.set(socket, connection)
    byGroup.set(group, ofGroup.add(connection))
    socket.once('close', () => forget(connection))
  })
  server.on('request', (request, response) => bySocket.get(request.socket)?.begin(request, response))
  server.once('listening', () => {
    // After what has arrived meanwhile was read: when this process was held up, nobody else was slow.
    const timer = setInterval(() => setImmediate(sweep), limits.sweepMs).unref()
    server.once('close', () => clearInterval(timer))
  })

  function forget(connection: Connection): void {
    bySocket.delete(connection.socket)
    const ofGroup = byGroup.get(connection.group)
    ofGroup?.delete(connection)
    if (ofGroup?.size === 0) byGroup.delete(connection.group)
  }

  function sweep(): void {
    for (const connection of bySocket.values()) {
      const standing = judge(connection.standing, connection.sample(), now(), limits)
      if (standing === undefined) close(connection)
      else connection.standing = standing
    }
  }

  /** False: all of them are at work. */
  function makeRoom(among: Iterable<Connection>, max: number, count = (among as Set<Connection>).size): boolean {
    if (count < max) return true
    const at = now()
    const counted = [...among].filter((one) => {
      one.standing = judge(one.standing, one.sample(), at, limits) ?? one.standing
      return one.standing.phase !== 'working'
    })
    if (counted.length < max) return true
    const victim = mostDispensable(
      counted.map(({ standing }) => standing),
      at,
    )
    if (victim === undefined) return false
    close(counted[victim]!)
    return true
  }

  function close(connection: Connection): void {
    const { socket, standing, hasAnswered } = connection
    const isAsking = standing.phase === 'headers' || standing.phase === 'receiving'
    if (isAsking && !hasAnswered) socket.write(TIMED_OUT)
    socket.destroySoon()
    // One that takes nothing never ends by itself.
    if (standing.phase === 'sending' || standing.phase === 'lingering') socket.destroy()
    forget(connection)
  }
}
