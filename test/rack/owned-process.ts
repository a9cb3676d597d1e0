// A child process of the rack: it dies with its owner, writes its output to a file, and is ended by its id alone.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'

export interface ProcessOptions {
  /** Network namespace that it runs in; left out, the machine's own. */
  readonly namespace?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Its stdout and stderr, appended. */
  readonly logFile: string
}

/** How a process ended: '0', '1', 'SIGKILL'. */
export type Ending = string

export class OwnedProcess {
  readonly #name: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #logFile: string
  readonly #ended: Promise<Ending>
  #ending: Ending | undefined

  constructor(command: string, commandArguments: readonly string[], options: ProcessOptions) {
    const inside = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace]
    // pdeathsig: when the owner is killed, nothing of the rack stays behind (ip netns exec replaces itself, so it is kept).
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inside, command, ...commandArguments], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
    })
    this.#name = command
    this.#logFile = options.logFile
    const log = createWriteStream(options.logFile, { flags: 'a' })
    this.#child.stdout.pipe(log, { end: false })
    this.#child.stderr.pipe(log, { end: false })
    this.#child.stdin.on('error', () => {}) // it ended while we wrote: its ending tells more
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('close', (code, signal) => resolve(String(signal ?? code)))
    })
    void this.#ended.then((ending) => {
      this.#ending = ending
      log.end()
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** undefined while it runs. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  get ended(): Promise<Ending> {
    return this.#ended
  }

  onOutput(listener: (bytes: Buffer) => void): void {
    this.#child.stdout.on('data', listener)
  }

  /** Where programs say how far they are. */
  onDiagnostics(listener: (bytes: Buffer) => void): void {
    this.#child.stderr.on('data', listener)
  }

  write(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Asks with SIGTERM; after graceMs it is killed. Returns how it ended. May be called again. */
  async stop(graceMs = 10_000): Promise<Ending> {
    if (this.#ending !== undefined) return this.#ending
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    const ending = await this.#ended
    clearTimeout(timer)
    return ending
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.#ending !== undefined) return
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** The last lines that it wrote, for error messages. */
  tail(lines = 30): string {
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
    } catch {
      return `(${this.#name} wrote nothing)`
    }
  }
}

/** Runs a short command to its end; its output is in the error when it fails. */
export async function run(command: string, commandArguments: readonly string[], timeoutMs = 60_000): Promise<string> {
  const child = spawn(command, commandArguments, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' })
  let output = ''
  let errors = ''
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString()
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code === 0) return output
  throw new Error(`${command} ${commandArguments.join(' ')} ended with ${signal ?? code}: ${errors.trim() || output.trim()}`)
}
