// A stream of bytes through a program that reads standard input and writes standard output, such as `xz -dc`. Starts that program.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { AppError } from '../../contract/errors.ts'

export interface Filter {
  readonly tool: string
  readonly args: readonly string[]
  /** The Debian package that brings the tool. */
  readonly debianPackage: string
}

export type Pieces = AsyncIterable<Buffer>

const LAST_BYTES = 2000

/**
 * What the program makes of the pieces, as they come; never more of it in memory than the pipes hold. It is ended when the reader stops
 * early. Throws IMAGE_TOOL_MISSING when it is not there, IMAGE_FILE_INVALID with its own words when it fails: what came before is not whole.
 */
export async function* throughFilter(filter: Filter, source: Pieces, signal: AbortSignal): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const child = execa(filter.tool, filter.args, {
    reject: false,
    buffer: false,
    stdin: 'pipe',
    cancelSignal: signal,
    env: { LC_ALL: 'C' },
  })
  const words: Buffer[] = []
  child.stderr?.on('data', (piece: Buffer) => words.push(piece))
  const feeding = feed(child.nodeChildProcess.stdin, source)
  let isOver = false
  try {
    yield* child.stdout as unknown as Pieces
    isOver = true
  } catch {
    // A program that did not start, or was ended: how it ended says it.
    isOver = true
  } finally {
    if (!isOver) child.kill('SIGKILL')
  }
  const [result, problem] = await Promise.all([child, feeding])
  signal.throwIfAborted()
  // The source's own failure says more than what the program made of its early end.
  if (problem !== undefined) throw problem
  if (result.code === 'ENOENT') throw toolMissing(filter)
  if (result.exitCode !== 0) throw failed(filter, Buffer.concat(words).subarray(-LAST_BYTES).toString('utf8').trim())
}

/** Gives the failure of the source. A program that ends before it has read everything is no failure here: its exit code tells. */
async function feed(stdin: NodeJS.WritableStream | null, source: Pieces): Promise<Error | undefined> {
  if (stdin === null) return undefined
  let problem: Error | undefined
  // What the source itself throws, not what is thrown into it when the program has ended.
  const watched = async function* () {
    const pieces = source[Symbol.asyncIterator]()
    const next = () =>
      pieces.next().catch((error: unknown) => {
        problem = error instanceof Error ? error : new Error(String(error))
        throw error
      })
    try {
      for (let step = await next(); step.done !== true; step = await next()) yield step.value
    } finally {
      await pieces.return?.()
    }
  }
  await pipeline(Readable.from(watched(), { objectMode: false }), stdin).catch(() => undefined)
  return problem
}

export function toolMissing({ tool, debianPackage }: Omit<Filter, 'args'>): AppError {
  return new AppError(
    'IMAGE_TOOL_MISSING',
    `this needs the program ${tool}, which is not on this machine`,
    `Install it: \`apt install ${debianPackage}\`; then give the command again.`,
  )
}

function failed({ tool, args }: Filter, words: string): AppError {
  return new AppError(
    'IMAGE_FILE_INVALID',
    `the file cannot be read to its end: ${[tool, ...args].join(' ')} says: ${words || 'nothing'}`,
    'Copy or download it again; compare its checksum with that of its source.',
  )
}
