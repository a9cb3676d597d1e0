// Sets the clock of the boot OS, whose machine may have come without one. Touches the system's time.
import { runCommand } from './run-command.ts'

/** GNU's date and busybox's both read it so. */
export async function setLinuxClock(at: Date): Promise<void> {
  const seconds = Math.round(at.getTime() / 1000)
  await runCommand('date', ['-u', '-s', `@${seconds}`], { signal: AbortSignal.timeout(5000) })
}
