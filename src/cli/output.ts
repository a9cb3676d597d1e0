// Writes to the terminal, or to whatever stands in its place.
import type { Output, ProgressUpdate } from './command.ts'
import { barLine, plainLine } from './progress-bar.ts'

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(content: string | Uint8Array, done?: (error?: Error | null) => void): unknown
}

/** Erases the line that a bar stands on. */
const CLEAR_LINE = '\r\u001b[K'

/** Progress goes to standard error: what is piped onwards is the result alone. */
export function createOutput(stdout: Stream, stderr: Stream): Output {
  let last: ProgressUpdate | undefined
  const isLive = stderr.isTTY === true

  const endProgress = () => {
    if (isLive && last !== undefined) stderr.write(CLEAR_LINE)
    last = undefined
  }
  return {
    endProgress,
    print(text) {
      endProgress()
      stdout.write(`${text}\n`)
    },
    writeBytes(bytes) {
      endProgress()
      return new Promise((taken, failed) => stdout.write(bytes, (error) => (error ? failed(error) : taken())))
    },
    printError(text) {
      endProgress()
      stderr.write(`${text}\n`)
    },
    progress(update) {
      if (isLive) stderr.write(CLEAR_LINE + barLine(update, stderr.columns ?? 80))
      else {
        const line = plainLine(update, last)
        if (line !== undefined) stderr.write(`${line}\n`)
      }
      last = update
    },
  }
}
