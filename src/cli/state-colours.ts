// The colour of a word that tells a state: green is good, red has failed, yellow waits for a person. Pure.
import { styleText } from 'node:util'

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan' | 'dim'>> = {
  approved: 'green',
  succeeded: 'green',
  good: 'green',
  done: 'green',
  running: 'cyan',
  'at work': 'cyan',
  discovered: 'yellow',
  held: 'yellow',
  paused: 'yellow',
  failed: 'red',
  'timed-out': 'red',
  stopped: 'red',
  aborted: 'red',
  cancelled: 'dim',
  retired: 'dim',
}

/** The caller knows that the terminal can show it. */
export function paintState(cell: string, row: number): string {
  const colour = row === 0 ? 'bold' : COLOURS[cell]
  return colour === undefined ? cell : styleText(colour, cell, { validateStream: false })
}
