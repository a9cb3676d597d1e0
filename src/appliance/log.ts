// The log on standard output: an object a line for programs, a line of words for people.
import pino, { type Logger } from 'pino'
import type { Settings } from './config.ts'
import type { RecentLines } from './support/recent-lines.ts'

interface Stream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** recent: keeps the latest lines, too. */
export function createLog({ level, format }: Settings['log'], stdout: Stream, recent?: RecentLines): Logger {
  const isText = format === 'text' || (format === 'auto' && stdout.isTTY === true)
  const destination = {
    write(line: string) {
      recent?.add(line)
      stdout.write(isText ? textLine(line) : line)
    },
  }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}

/** "12:38:23 netboot       WARN lo (127.0.0.1): DHCP mode off"; an error brings its stack. */
export function textLine(json: string): string {
  const record = JSON.parse(json) as { level: number; time: string; room?: string; msg?: string; err?: { stack?: string } }
  const clock = record.time.slice(11, 19)
  const room = (record.room ?? 'appliance').padEnd(12)
  // What is merely told needs no word for its level.
  const grave = record.level >= 40 ? `${(pino.levels.labels[record.level] ?? 'error').toUpperCase()} ` : ''
  const stack = record.err?.stack === undefined ? '' : `\n${record.err.stack}`
  return `${clock} ${room} ${grave}${record.msg ?? ''}${stack}\n`
}
