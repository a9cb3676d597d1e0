// One appliance a data folder: two would overwrite each other's state. The kernel's lock on a file, so that a crash leaves none and two that
// start in the same instant never both get it. Node has no call for such locks; the SQLite that comes with it does (fcntl(2), also over NFS).
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../contract/errors.ts'

const NAME = 'appliance.lock'

/** The returned function gives the folder free; the end of the process does, too. The file stays: whoever removed it would split the lock. */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, NAME)
  const database = new DatabaseSync(path)
  try {
    // Nothing is ever written: the transaction is there for its lock.
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isTaken(error)) throw alreadyRunning(dataDir, ownerOf(path))
    throw error
  }
  return async () => database.close()
}

/** SQLITE_BUSY (https://sqlite.org/rescode.html#busy). */
function isTaken(error: unknown): boolean {
  return (error as { readonly errcode?: number }).errcode === 5
}

/** Which process holds the lock, by the kernel's own list (proc_locks(5)); undefined when it lives in another namespace. */
function ownerOf(path: string): string | undefined {
  const { ino } = statSync(path)
  const lines = readFileSync('/proc/locks', 'utf8').split('\n')
  const held = lines.map((line) => line.split(/\s+/)).find((words) => words[5]?.endsWith(`:${ino}`) && words[3] === 'WRITE')
  const pid = Number(held?.[4])
  return pid > 0 ? String(pid) : undefined
}

function alreadyRunning(dataDir: string, owner: string | undefined): AppError {
  const who = owner === undefined ? 'another process' : `process ${owner}`
  const how = owner === undefined ? 'systemctl stop platen' : `kill ${owner}, or systemctl stop platen`
  return new AppError(
    'APPLIANCE_ALREADY_RUNNING',
    `${who} works on ${dataDir}`,
    `Stop it (${how}), or give this one a folder of its own: --data-dir DIR.`,
  )
}
