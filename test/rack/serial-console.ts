// What a machine says on its serial line, kept whole and searched as it arrives. Touches nothing but its own buffer.
export class SerialConsole {
  readonly #name: string
  #text = ''
  /** The beginning of an escape sequence whose end has not arrived. */
  #unfinished = ''
  /** Where the next search starts: behind the last match, so that one line is never taken for two. */
  #cursor = 0
  #waiting = new Set<() => void>()
  #closedBecause: string | undefined

  constructor(machineName: string) {
    this.#name = machineName
  }

  push(bytes: Uint8Array): void {
    const raw = this.#unfinished + Buffer.from(bytes).toString('latin1')
    const split = unfinishedFrom(raw)
    this.#unfinished = raw.slice(split)
    this.#text += printable(raw.slice(0, split))
    this.#wake()
  }

  /** The machine lost its power: who waits for a line is told so at once. */
  close(reason: string): void {
    this.#closedBecause = reason
    this.#wake()
  }

  /** Power is on again; what was said before is kept, but no longer searched. */
  reopen(): void {
    this.#closedBecause = undefined
    this.#cursor = this.#text.length
  }

  get text(): string {
    return this.#text
  }

  /** Said since the last match or the last power-on? Does not wait and does not move on. */
  saw(pattern: RegExp): boolean {
    return pattern.test(this.#text.slice(this.#cursor))
  }

  tail(lines = 25): string {
    return this.#text.trimEnd().split('\n').slice(-lines).join('\n')
  }

  /** Resolves with the first match behind the previous one; fails with the end of the log in the message. */
  async waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#cursor))
      if (match !== null) {
        this.#cursor += match.index + match[0].length
        return match
      }
      if (this.#closedBecause !== undefined) throw this.#failure(pattern, this.#closedBecause)
      const left = deadline - Date.now()
      if (left <= 0) throw this.#failure(pattern, `${timeoutMs / 1000} s have passed`)
      await this.#news(left)
    }
  }

  /** Fails as soon as the pattern appears; ends without a word when nobody watches any longer. Does not move on. */
  async never(pattern: RegExp, signal: AbortSignal): Promise<never> {
    while (!signal.aborted) {
      if (this.saw(pattern)) throw new Error(`${this.#name} said ${pattern}`)
      await this.#news(1000)
    }
    return new Promise(() => {}) // settled already, by whoever aborted
  }

  #failure(pattern: RegExp, reason: string): Error {
    return new Error(`${this.#name} did not say ${pattern}: ${reason}. Its serial line ends:\n${this.tail()}`)
  }

  #news(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      this.#waiting.add(done)
    })
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }
}

/** Without the escape sequences by which firmware and boot loaders paint the screen. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escape sequences begin with one
  return text.replace(/\x1b(?:\[[0-9;?=]*[A-Za-z]|[()][A-Z0-9]|[=>cDEHMNOZ78])/g, '').replace(/[\r\0\x0e\x0f]/g, '')
}

function unfinishedFrom(raw: string): number {
  const last = raw.lastIndexOf('\x1b')
  return last !== -1 && /^.(?:\[[0-9;?=]*|[()])?$/.test(raw.slice(last)) ? last : raw.length
}
