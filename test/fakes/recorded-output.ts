// A terminal that only remembers, and a context for commands around it.
import type { OperatorApi } from '../../src/cli/api.ts'
import type { CommandContext, Output, ProgressUpdate } from '../../src/cli/command.ts'
import { type TableOptions, table } from '../../src/cli/table.ts'

export class RecordedOutput implements Output {
  readonly printed: string[] = []
  readonly errors: string[] = []
  readonly updates: ProgressUpdate[] = []

  print(text: string): void {
    this.printed.push(text)
  }
  table(rows: readonly (readonly string[])[], options?: TableOptions): void {
    this.print(table(rows, options))
  }
  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.printed.push(Buffer.from(bytes).toString())
  }
  printError(text: string): void {
    this.errors.push(text)
  }
  progress(update: ProgressUpdate): void {
    this.updates.push(update)
  }
  endProgress(): void {}
  /** What was drawn; undefined: there is no terminal. */
  screens: (readonly string[])[] | undefined
  openScreen() {
    const { screens } = this
    if (screens === undefined) return undefined
    return {
      size: () => ({ columns: 100, rows: 20 }),
      draw: (lines: readonly string[]) => void screens.push(lines),
      close: () => undefined,
    }
  }

  get text(): string {
    return this.printed.join('\n')
  }
  get errorText(): string {
    return this.errors.join('\n')
  }
}

export function contextWith(api: OperatorApi, out: Output): CommandContext {
  const signal = new AbortController().signal
  return {
    out,
    environment: {},
    signal,
    connect: () => api,
    sleep: async () => {},
    ask: async () => undefined,
    askSecret: async () => 'a sentence to remember',
  }
}
