// What the appliance's log says of network boot, as events instead of lines. Touches the log file, reading only.
import { readFileSync } from 'node:fs'
import type { NetbootEvent } from '../../src/netboot/events.ts'

/** Fields as the room's events have them; `event` is their type. */
export type LoggedEvent = { readonly event: NetbootEvent['type'] } & Readonly<Record<string, unknown>>

export function netbootEvents(logFile: string): LoggedEvent[] {
  const records = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as { event?: string; room?: string })
  return records.filter((record): record is LoggedEvent => record.room === 'netboot' && record.event !== undefined)
}
