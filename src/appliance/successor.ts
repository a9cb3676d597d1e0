// The process goes on as its own successor, under the same number: with sockets that are tied to their interfaces, and, when root
// started it, as another user. Both want a program before Node, and the sockets are opened while it still may.
import { join } from 'node:path'
import { wordsToOpen } from './device-sockets.ts'
import { PROGRAM_DIR } from './folders.ts'
import { assertReachable, handOver, ownUser, wordsToBecome } from './own-user.ts'

interface Wanted {
  readonly user?: string | undefined
  readonly dataDir: string
  /** Interfaces whose sockets nobody handed over. */
  readonly withoutSocket: readonly string[]
}

/** Does not return when there is something to change. Rejects with APPLIANCE_IS_ROOT. */
export function goOnAsSuccessor(wanted: Wanted, environment: Readonly<Record<string, string | undefined>>): void {
  const before = [...wordsToOpen(wanted.withoutSocket), ...wordsToLeaveRoot(wanted)]
  const [command] = before
  if (command === undefined || process.execve === undefined) return
  process.execve(command, [...before, process.execPath, ...process.execArgv, ...process.argv.slice(1)], { ...environment })
}

function wordsToLeaveRoot({ user: wanted, dataDir }: Wanted): readonly string[] {
  if (process.getuid?.() !== 0) return []
  const user = ownUser(wanted, dataDir)
  if (user === undefined) return []
  handOver(dataDir, user)
  assertReachable(user, [join(PROGRAM_DIR, 'src', 'cli', 'main.ts'), process.execPath, dataDir])
  return wordsToBecome(user)
}
