// QEMU's control socket: one command at a time, answers matched in order. Touches a Unix socket.
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const CONNECT_TIMEOUT_MS = 15_000
const ANSWER_TIMEOUT_MS = 10_000

export class Qmp {
  readonly #socket: Socket
  readonly #pending: { resolve(value: unknown): void; reject(error: Error): void }[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {}) // 'close' follows
    socket.once('close', () => {
      for (const { reject } of this.#pending.splice(0)) reject(new Error('QEMU closed its control socket'))
    })
    createInterface({ input: socket }).on('line', (line) => this.#receive(line))
  }

  /** The socket appears some time after QEMU started. */
  static async connect(path: string): Promise<Qmp> {
    const deadline = Date.now() + CONNECT_TIMEOUT_MS
    for (;;) {
      try {
        const qmp = new Qmp(await connected(path))
        await qmp.execute('qmp_capabilities')
        return qmp
      } catch (error) {
        if (Date.now() > deadline) throw new Error(`no QEMU control socket at ${path}`, { cause: error })
        await delay(50)
      }
    }
  }

  async execute(command: string, commandArguments?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.push({ resolve, reject }))
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: commandArguments })}\n`)
    const timer = setTimeout(() => this.#socket.destroy(), ANSWER_TIMEOUT_MS)
    return answer.finally(() => clearTimeout(timer))
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as { return?: unknown; error?: { desc: string } }
    if (message.error !== undefined) this.#pending.shift()?.reject(new Error(`QEMU: ${message.error.desc}`))
    else if ('return' in message) this.#pending.shift()?.resolve(message.return)
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket))
    socket.once('error', reject)
  })
}
