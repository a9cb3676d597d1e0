// Gives back what was mounted or attached, also when somebody else holds it for a moment. Starts the command that does.
import { setTimeout as pause } from 'node:timers/promises'
import { runCommand, superviseCommand } from './run-command.ts'

/** Together five seconds: whoever only looks at what is new has long gone by then. */
export const RELEASE_TRIES = 20
export const RELEASE_PAUSE_MS = 250

const GIVE_UP_MS = 60_000

/** Also after an abort, which is why it takes no signal: what stays mounted or attached keeps the disk from the next attempt. */
export async function release(file: string, args: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(GIVE_UP_MS)
  for (let tries = 0; tries < RELEASE_TRIES; tries++) {
    const { exitCode } = await superviseCommand(file, args, { signal })
    if (exitCode === 0) return
    await pause(RELEASE_PAUSE_MS, undefined, { signal })
  }
  await runCommand(file, args, { signal })
}
