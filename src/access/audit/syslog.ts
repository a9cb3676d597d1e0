// Hands every entry of the audit to a syslog server: by UDP, which promises nothing, or by TCP, where it waits for the server to come back. Touches
// the network.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import type { AuditEntry } from '../../contract/audit.ts'
import type { Finding } from '../../contract/doctor.ts'
import type { Clock, Log } from '../../store/index.ts'
import { syslogLine, tcpBytes, udpBytes } from './syslog-line.ts'

export interface SyslogTarget {
  readonly transport: 'udp' | 'tcp'
  readonly host: string
  readonly port: number
}

interface SyslogDeps {
  readonly clock: Clock
  readonly log: Log
}

/** What waits for the server; the oldest goes, and is still in the audit itself. */
const MOST_WAITING = 10_000
const RETRY_MS = 5000

/** udp://10.77.0.5:514. undefined: it is none. */
export function readSyslogTarget(text: string): SyslogTarget | undefined {
  const [, transport, host = '', port = '514'] = /^(udp|tcp):\/\/(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (transport === undefined || Number(port) > 65_535) return undefined
  return { transport: transport.toLowerCase() as 'udp' | 'tcp', host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
}

export class Syslog {
  readonly #target: SyslogTarget
  readonly #deps: SyslogDeps
  readonly #waiting: Buffer[] = []
  #udp: UdpSocket | undefined
  #tcp: Socket | undefined
  #isConnected = false
  #callOff: () => void = () => {}
  #lost = 0
  #failure: string | undefined
  #isClosed = false

  constructor(target: SyslogTarget, deps: SyslogDeps) {
    this.#target = target
    this.#deps = deps
  }

  /** Returns at once; never throws. */
  send(entry: AuditEntry): void {
    if (this.#isClosed) return
    const line = syslogLine(entry, hostname())
    if (this.#target.transport === 'udp') this.#sendDatagram(udpBytes(line))
    else this.#enqueue(tcpBytes(line))
  }

  diagnose(): readonly Finding[] {
    if (this.#failure === undefined) return []
    const { transport, host, port } = this.#target
    const lost = this.#lost === 0 ? '' : `, ${this.#lost} were given up`
    const seen = `the syslog server does not take entries of the audit (${this.#failure}); ${this.#waiting.length} wait${lost}`
    return [
      { severity: 'problem', subject: `${transport}://${host}:${port}`, seen, advice: 'Bring it back, or change audit.syslog' },
    ]
  }

  close(): void {
    this.#isClosed = true
    this.#callOff()
    this.#udp?.close()
    this.#tcp?.destroy()
  }

  #sendDatagram(bytes: Buffer): void {
    const { host, port } = this.#target
    this.#udp ??= this.#openUdp(host)
    this.#udp.send(bytes, port, host, (error) => this.#note(error?.message))
  }

  #openUdp(host: string): UdpSocket {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', (error) => this.#note(error.message))
    return socket.unref()
  }

  #enqueue(bytes: Buffer): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting.shift()
      this.#lost++
    }
    this.#waiting.push(bytes)
    this.#tcp ??= this.#connect()
    this.#flush()
  }

  #connect(): Socket {
    const socket = connect(this.#target).setKeepAlive(true, 30_000).unref()
    socket.on('connect', () => {
      this.#isConnected = true
      this.#note(undefined)
      this.#flush()
    })
    socket.on('error', (error) => this.#note(error.message))
    socket.on('close', () => {
      this.#isConnected = false
      this.#tcp = undefined
      if (this.#isClosed) return
      this.#note(this.#failure ?? 'it closed the connection')
      this.#callOff = this.#deps.clock.after(RETRY_MS, () => {
        if (!this.#isClosed) this.#tcp ??= this.#connect()
      })
    })
    // It says nothing of use; read, so that its end is seen.
    socket.resume()
    return socket
  }

  /** One at a time: what the kernel did not take goes again over the next connection. */
  #flush(): void {
    const [first] = this.#waiting
    if (!this.#isConnected || first === undefined || this.#tcp === undefined || this.#tcp.writableLength > 0) return
    const socket = this.#tcp
    socket.write(first, (error) => {
      if (error !== undefined && error !== null) return
      if (this.#waiting[0] === first) this.#waiting.shift()
      this.#flush()
    })
  }

  #note(failure: string | undefined): void {
    if (failure !== undefined && this.#failure === undefined)
      this.#deps.log.warn({ target: this.#target }, `the audit does not reach its syslog server: ${failure}`)
    this.#failure = failure
  }
}
