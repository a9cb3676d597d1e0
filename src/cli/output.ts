// Writes to the terminal, or to whatever stands in its place.
import type { Output, ProgressUpdate, Screen } from './command.ts'
import { barLine, plainLine } from './progress-bar.ts'
import { paintState } from './state-colours.ts'
import { table } from './table.ts'

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  /** NO_COLOR, FORCE_COLOR and what the terminal can: Node looks at all of them. */
  hasColors?(): boolean
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
  const isForPeople = stdout.isTTY === true
  const print = (text: string) => {
    endProgress()
    stdout.write(`${text}\n`)
  }
  return {
    endProgress,
    print,
    table(rows, { wide = false, ...options } = {}) {
      const width = isForPeople && !wide ? stdout.columns : undefined
      const hasColours = isForPeople && stdout.hasColors?.() === true
      print(table(rows, { ...options, width, ...(hasColours && { paint: paintState }) }))
    },
    openScreen: () => (isForPeople ? screenOn(stdout) : undefined),
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

/** The alternate screen without a cursor, and both as they were. */
const [ENTER, LEAVE] = ['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l']
const [HOME, CLEAR_TO_END, CLEAR_BELOW] = ['\u001b[H', '\u001b[K', '\u001b[J']

function screenOn(stdout: Stream): Screen {
  stdout.write(ENTER)
  return {
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
    // In one write, and over what is there: it does not flicker.
    draw: (lines) => void stdout.write(`${HOME}${lines.map((line) => line + CLEAR_TO_END).join('\r\n')}${CLEAR_BELOW}`),
    close: () => void stdout.write(LEAVE),
  }
}
