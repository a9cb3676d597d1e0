// What a process has used of the processors so far, children that ended included.
import { readFileSync } from 'node:fs'

const TICKS_A_SECOND = 100

/** Counts in hundredths of a second. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may hold anything: fields 14 to 17 are user and system time, its own and that of its children.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND
}
