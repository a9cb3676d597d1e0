// What a person sees while the walk goes on: phases, what was proven, and one line that moves. Touches a terminal or a pipe.
import type { WriteStream } from 'node:tty'
import type { WalkListener } from '../test/rack/walk-report.ts'

/** Into a pipe, the moving line would be noise: it is said once in so long. */
const QUIET_MS = 10_000

export class Screen implements WalkListener {
  readonly #out: WriteStream
  readonly #startedAt = Date.now()
  #moving = false
  #saidAt = 0

  constructor(out: WriteStream) {
    this.#out = out
  }

  phase(title: string): void {
    this.#line(`\n${this.#clock()}  ${title}`)
  }

  progress(text: string): void {
    const line = `${this.#clock()}    … ${text}`
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[2K${line.slice(0, this.#out.columns - 1)}`)
      this.#moving = true
    } else if (Date.now() - this.#saidAt >= QUIET_MS) {
      this.#saidAt = Date.now()
      this.#line(line)
    }
  }

  proven(claim: string, evidence: string): void {
    this.#line(`${this.#clock()}    ✓ ${claim}: ${evidence}`)
  }

  /** Leaves the cursor on a line of its own. */
  end(): void {
    if (this.#moving) this.#out.write('\r\x1b[2K')
    this.#moving = false
  }

  #line(text: string): void {
    this.end()
    this.#out.write(`${text}\n`)
  }

  #clock(): string {
    const seconds = Math.floor((Date.now() - this.#startedAt) / 1000)
    return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`
  }
}
