// Starts a process, hands on its output line by line, ends it with all its children. Touches processes.
import { execa } from 'execa'
import { AppError } from '../../contract/errors.ts'
import { lineSplitter } from './line-splitter.ts'

const LAST_LINES = 20
const GRACE_MS = 5000
/** A daemon that a script left behind may hold its output open for ever. */
const LINGER_MS = 2000

export interface CommandOptions {
  readonly signal: AbortSignal
  readonly log?: (line: string) => void
  /** Beside the agent's own environment, unless that is to be left out. */
  readonly environment?: Readonly<Record<string, string>>
  readonly cleanEnvironment?: boolean
  readonly input?: string | ReadableStream<Uint8Array>
  readonly directory?: string
}

/** Returns what it wrote to standard output. Fails with AGENT_COMMAND_FAILED when it exits non-zero, with the signal's reason when aborted. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const end = await superviseCommand(file, args, options)
  if (end.exitCode === 0) return end.output.join('\n')
  const command = [file, ...args].join(' ')
  const how = end.problem ?? `exit code ${end.exitCode}`
  throw new AppError(
    'AGENT_COMMAND_FAILED',
    [`${command} failed: ${how}`, ...end.lastLines].join('\n'),
    "The lines above are the tool's own words. A tool that is not found is missing from the boot OS: see `platen boot show`.",
  )
}

export interface CommandEnd {
  /** undefined: it did not start, or a signal ended it; problem says which. */
  readonly exitCode: number | undefined
  readonly problem: string | undefined
  readonly output: readonly string[]
  /** What it said last, errors and output together. */
  readonly lastLines: readonly string[]
}

/** Any exit code is an answer here; only an abort is thrown. */
export async function superviseCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const { signal, log, input } = options
  signal.throwIfAborted()
  const child = execa(file, args, {
    reject: false,
    buffer: false,
    stripFinalNewline: false,
    // A process group of its own, so that an abort ends the children of a script as well.
    detached: true,
    ...(options.environment !== undefined && { env: options.environment }),
    extendEnv: options.cleanEnvironment !== true,
    ...(options.directory !== undefined && { cwd: options.directory }),
    ...(typeof input === 'string' ? { input } : input === undefined ? { stdin: 'ignore' } : { stdin: input }),
  })
  const output: string[] = []
  const lastLines: string[] = []
  const keep = (line: string) => {
    lastLines.push(line)
    if (lastLines.length > LAST_LINES) lastLines.shift()
    log?.(line)
  }
  const out = lineSplitter((line) => {
    // What is logged may be endless; what is not is asked for its answer.
    if (log === undefined) output.push(line)
    keep(line)
  })
  const err = lineSplitter(keep)
  child.stdout?.on('data', out.push)
  child.stderr?.on('data', err.push)

  const killGroup = (name: NodeJS.Signals) => signalGroup(child.pid, name)
  let killTimer: NodeJS.Timeout | undefined
  const onAbort = () => {
    killGroup('SIGTERM')
    killTimer = setTimeout(() => killGroup('SIGKILL'), GRACE_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  let lingerTimer: NodeJS.Timeout | undefined
  child.nodeChildProcess.once('exit', () => {
    lingerTimer = setTimeout(() => {
      killGroup('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, LINGER_MS)
  })
  try {
    const result = await child
    out.end()
    err.end()
    signal.throwIfAborted()
    const problem =
      result.exitCode === undefined ? (result.originalMessage ?? result.shortMessage ?? 'it did not start') : undefined
    return { exitCode: result.exitCode, problem, output, lastLines }
  } finally {
    signal.removeEventListener('abort', onAbort)
    clearTimeout(killTimer)
    clearTimeout(lingerTimer)
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // Nobody is left in the group.
  }
}
