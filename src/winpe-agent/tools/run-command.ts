// Starts a process, hands on its output line by line, ends it with all its children. Touches processes.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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
  readonly input?: string | Readable
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
  const { signal } = options
  signal.throwIfAborted()
  const child = start(file, args, options)
  const heard = listen(child, options.log)
  const feeding = feed(child, options.input)
  const release = endOnAbort(child, signal)
  try {
    const result = await child
    heard.end()
    const feedProblem = await feeding
    signal.throwIfAborted()
    const problem = feedProblem ?? (result.exitCode === undefined ? (result.originalMessage ?? 'it did not start') : undefined)
    return { exitCode: result.exitCode, problem, output: heard.output, lastLines: heard.lastLines }
  } finally {
    release()
  }
}

function start(file: string, args: readonly string[], { environment, cleanEnvironment, directory, input }: CommandOptions) {
  return execa(file, args, {
    reject: false,
    buffer: false,
    stripFinalNewline: false,
    // A process group of its own, so that an abort ends the children of a script as well.
    detached: true,
    extendEnv: cleanEnvironment !== true,
    stdin: input === undefined ? 'ignore' : 'pipe',
    ...(environment !== undefined && { env: environment }),
    ...(directory !== undefined && { cwd: directory }),
  })
}

type Child = ReturnType<typeof start>

function listen(child: Child, log: CommandOptions['log']) {
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
  return {
    output,
    lastLines,
    end() {
      out.end()
      err.end()
    },
  }
}

/** Gives what went wrong with the source. A process that ends before it has read everything is not a problem: tar does. */
async function feed({ nodeChildProcess: child }: Child, input: CommandOptions['input']): Promise<string | undefined> {
  if (input === undefined || child.stdin === null) return undefined
  const source = typeof input === 'string' ? Readable.from([input]) : input
  let problem: string | undefined
  source.once('error', (error) => {
    problem = error.message
  })
  child.once('exit', () => child.stdin?.destroy())
  await pipeline(source, child.stdin).catch(() => undefined)
  return problem
}

/** Ends the whole group at an abort; after its own end, whatever it left behind that holds its output. Call the result when it is over. */
function endOnAbort({ nodeChildProcess: child }: Child, signal: AbortSignal): () => void {
  const timers: NodeJS.Timeout[] = []
  const onAbort = () => {
    signalGroup(child.pid, 'SIGTERM')
    timers.push(setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS))
  }
  const onExit = () => {
    const endRest = () => {
      signalGroup(child.pid, 'SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    timers.push(setTimeout(endRest, LINGER_MS))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  child.once('exit', onExit)
  return () => {
    signal.removeEventListener('abort', onAbort)
    for (const timer of timers) clearTimeout(timer)
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
