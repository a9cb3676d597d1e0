// Waits that somebody may end: by name, by the clock. A wake that comes while nobody waits ends the next wait.
import type { Clock } from '../../../store/index.ts'

export class Waits {
  readonly #clock: Clock
  readonly #waiting = new Map<string, () => void>()
  readonly #woken = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Until it is woken, or so long. */
  wait(name: string, milliseconds: number): Promise<void> {
    if (this.#woken.delete(name) || milliseconds === 0) return Promise.resolve()
    return this.#sleep(name, milliseconds)
  }

  /** So long, whether it is woken or not; a wake meanwhile ends the next wait. */
  pause(name: string, milliseconds: number): Promise<void> {
    return this.#sleep(`${name} pause`, milliseconds)
  }

  wake(name: string): void {
    const end = this.#waiting.get(name)
    if (end === undefined) this.#woken.add(name)
    else end()
  }

  /** Ends all that are under way now. */
  wakeAll(): void {
    for (const end of [...this.#waiting.values()]) end()
    this.#woken.clear()
  }

  #sleep(name: string, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        callOff()
        this.#waiting.delete(name)
        resolve()
      }
      const callOff = this.#clock.after(milliseconds, end)
      this.#waiting.set(name, end)
    })
  }
}
