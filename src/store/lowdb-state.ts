// The embedded state: one lowdb file and its journals for each collection, one file of lines for each history, all in one folder.
import { join } from 'node:path'
import { openHistoryFile } from './history-file.ts'
import type { Damage } from './journal.ts'
import type { Log } from './log.ts'
import { openLowdbStore } from './lowdb-store.ts'
import type { State } from './state.ts'

export function lowdbState(folder: string, log: Log): State {
  const opened: { close(): Promise<void> }[] = []
  const damages: Damage[] = []
  const onDamaged = (damage: Damage): void => {
    damages.push(damage)
    const where = damage.line === undefined ? damage.path : `${damage.path}: line ${damage.line}`
    log.error({ code: 'APPLIANCE_STATE_DAMAGED', ...damage }, `${where}: ${damage.reason}; all the rest of it was read`)
  }
  function keep<T extends { close(): Promise<void> }>(one: T): T {
    opened.push(one)
    return one
  }
  return {
    collection: async <T extends { readonly id: string }>(name: string) =>
      keep(await openLowdbStore<T>({ folder, name, onDamaged }, log)),
    history: async <T extends { readonly id: string }>(name: string) =>
      keep(await openHistoryFile<T>(join(folder, `${name}.jsonl`), onDamaged)),
    damaged: () => damages,
    async close() {
      await Promise.all(opened.map((one) => one.close()))
    },
  }
}
