// The body of a response, written piece by piece without copies. Touches the connection.
import type { ServerResponse } from 'node:http'

export class ResponseSender {
  readonly #response: ServerResponse
  readonly #closed: Promise<never>
  /** The one before, which may still be under way while the next is made ready. */
  #before: Promise<void> = Promise.resolve()

  constructor(response: ServerResponse) {
    this.#response = response
    this.#closed = new Promise((_, reject) => response.once('close', () => reject(new Error('the reader went away'))))
    this.#closed.catch(() => undefined)
  }

  /** Resolves when the system has taken all of the parts: then their memory is free. Rejects when the reader went away. */
  send(parts: readonly Uint8Array[]): Promise<void> {
    const { socket } = this.#response
    const taken = new Promise<void>((resolve, reject) => {
      // The socket as well: a response that is uncorked gives it the length, the parts and the ends of lines one by one.
      socket?.cork()
      this.#response.cork()
      for (const [index, part] of parts.entries()) {
        const isLast = index === parts.length - 1
        this.#response.write(part, isLast ? (error) => (error ? reject(error) : resolve()) : undefined)
      }
      this.#response.uncork()
      socket?.uncork()
    })
    const sent = Promise.race([taken, this.#closed])
    sent.catch(() => undefined)
    return sent
  }

  /** Waits until only this one is under way. */
  async room(sent: Promise<void>): Promise<void> {
    sent.catch(() => undefined)
    const before = this.#before
    this.#before = sent
    await before
  }

  async end(): Promise<void> {
    await this.#before
    await new Promise<void>((resolve) => this.#response.end(resolve))
  }
}
