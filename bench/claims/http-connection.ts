// One kept HTTP connection that asks one thing after the other: the least that a client can be, because a bench shares its processors with
// what it measures, and agents do not.
import net from 'node:net'

interface Waiting {
  readonly resolve: (body: string) => void
  readonly reject: (error: Error) => void
}

export class HttpConnection {
  readonly #socket: net.Socket
  readonly #headers: string
  #received = ''
  #waiting: Waiting | undefined

  private constructor(socket: net.Socket, host: string, token: string) {
    this.#socket = socket
    this.#headers = `Host: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => this.#take(part))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')))
  }

  static async open(url: string, token: string): Promise<HttpConnection> {
    const { hostname, port, host } = new URL(url)
    const socket = net.connect({ host: hostname, port: Number(port), noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new HttpConnection(socket, host, token)
  }

  /** undefined for an empty answer. Throws what the appliance says when it refuses. */
  async post<T>(path: string, body: object): Promise<T> {
    const text = JSON.stringify(body)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#waiting = { resolve, reject }
    this.#socket.write(`POST ${path} HTTP/1.1\r\n${this.#headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    const answer = await promise
    return (answer === '' ? undefined : JSON.parse(answer)) as T
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(part: string): void {
    this.#received += part
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = this.#received.slice(0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const body = this.#received.slice(end + 4)
    if (body.length < length) return
    this.#received = ''
    const { resolve, reject } = this.#waiting!
    this.#waiting = undefined
    if (/^HTTP\/1\.1 2/.test(head)) resolve(body)
    else reject(new Error(`${head.split('\r\n')[0]} ${body}`))
  }
}
