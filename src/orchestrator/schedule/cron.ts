// Cron expressions of five fields in a time zone. croner knows the fields, the calendar and daylight saving; this file says what it is asked.
// As cron(8) does it: when both days are restricted, either of them is enough.
import { Cron } from 'croner'

export type ParsedCron =
  | {
      readonly kind: 'good'
      /** The first turn after this instant; undefined: never (30 February). */
      nextRun(afterMs: number): number | undefined
    }
  | { readonly kind: 'bad'; readonly reason: string }

/** timeZone: a name of the IANA database, such as Europe/Paris. */
export function parseCron(text: string, timeZone = 'UTC'): ParsedCron {
  if (!isTimeZone(timeZone)) return { kind: 'bad', reason: `"${timeZone}" is no time zone: write one such as Europe/Paris` }
  try {
    const cron = new Cron(text.trim(), { mode: '5-part', timezone: timeZone, paused: true, domAndDow: false })
    return { kind: 'good', nextRun: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() }
  } catch (error) {
    const why = (error as Error).message.replace(/^CronPattern: /, '')
    return { kind: 'bad', reason: `"${text}" is not minute, hour, day of the month, month and day of the week: ${why}` }
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
