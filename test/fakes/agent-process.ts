// Starts host-agent.ts for a disk and watches what it says. Touches processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { HostAgentOptions } from './host-agent.ts'

export class AgentProcess implements AsyncDisposable {
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #wake = () => {}

  constructor(options: HostAgentOptions) {
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'host-agent.ts'), JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#ended = once(this.#child, 'close')
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop()!
        this.lines.push(...lines)
        this.#wake()
      })
    }
  }

  /** Returns when it has said a line with these words; fails when it ends without. */
  async says(words: string): Promise<void> {
    let isOver = false
    void this.#ended.then(() => {
      isOver = true
      this.#wake()
    })
    while (!this.lines.some((line) => line.includes(words))) {
      if (isOver) throw new Error(`the agent ended without saying "${words}":\n${this.lines.join('\n')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async ends(): Promise<void> {
    await this.#ended
  }

  /** As a power cut: nothing is cleaned up. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
