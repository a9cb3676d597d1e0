// One line of progress: a bar for terminals, words for everything else. Pure.
import type { ProgressUpdate } from './command.ts'
import { formatSeconds } from './format.ts'

const BAR_COLUMNS = 24

/** Never wider than the terminal: a line that wraps cannot be written over. */
export function barLine(update: ProgressUpdate, columns: number): string {
  const { percent } = update
  if (percent === undefined) return update.text.slice(0, columns - 1)
  const filled = Math.round((clamp(percent) / 100) * BAR_COLUMNS)
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_COLUMNS - filled)}]`
  return `${bar} ${wordsOf(update)}`.slice(0, columns - 1)
}

/** A plain line, when it says something that the last one did not: other words, or ten percent more. */
export function plainLine(update: ProgressUpdate, last: ProgressUpdate | undefined): string | undefined {
  const tens = (one: ProgressUpdate | undefined) => Math.floor((one?.percent ?? 0) / 10)
  if (last !== undefined && last.text === update.text && tens(last) === tens(update)) return undefined
  return wordsOf(update)
}

function wordsOf({ percent, text, secondsLeft }: ProgressUpdate): string {
  const left = secondsLeft === undefined ? '' : `, ${formatSeconds(secondsLeft)} left`
  return percent === undefined ? text : `${String(Math.floor(clamp(percent))).padStart(3)} %  ${text}${left}`
}

const clamp = (percent: number) => Math.min(100, Math.max(0, percent))
