// Agents that wait for a job (long polls), in the order in which they came. In memory.
import type { Clock } from '../../store/index.ts'

interface Waiter {
  readonly nodeId: string
  readonly wake: () => void
}

export class Waiters {
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiter>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the node is woken, asks again, has waited long enough, or its connection is gone. */
  wait(nodeId: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    this.wake(nodeId)
    if (signal.aborted || milliseconds <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const finish = (): void => {
        callOff()
        signal.removeEventListener('abort', finish)
        if (this.#waiting.get(nodeId) === waiter) this.#waiting.delete(nodeId)
        resolve()
      }
      const waiter: Waiter = { nodeId, wake: finish }
      const callOff = this.#clock.after(milliseconds, finish)
      signal.addEventListener('abort', finish, { once: true })
      this.#waiting.set(nodeId, waiter)
    })
  }

  has(nodeId: string): boolean {
    return this.#waiting.has(nodeId)
  }

  wake(nodeId: string): void {
    this.#waiting.get(nodeId)?.wake()
  }

  wakeAll(): void {
    for (const { wake } of [...this.#waiting.values()]) wake()
  }

  /** The first that the test accepts is woken; whether there was one. */
  wakeFirst(accepts: (nodeId: string) => boolean): boolean {
    for (const { nodeId, wake } of this.#waiting.values()) {
      if (!accepts(nodeId)) continue
      wake()
      return true
    }
    return false
  }
}
