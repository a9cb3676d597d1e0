// The embedded state: one lowdb file and its journals for each collection, one file of lines for each history, all in one folder.
import { join } from 'node:path'
import { openHistoryFile } from './history-file.ts'
import type { Log } from './log.ts'
import { openLowdbStore } from './lowdb-store.ts'
import type { State } from './state.ts'

export function lowdbState(folder: string, log: Log): State {
  const opened: { close(): Promise<void> }[] = []
  function keep<T extends { close(): Promise<void> }>(one: T): T {
    opened.push(one)
    return one
  }
  return {
    collection: async <T extends { readonly id: string }>(name: string) => keep(await openLowdbStore<T>({ folder, name }, log)),
    history: async <T extends { readonly id: string }>(name: string) =>
      keep(await openHistoryFile<T>(join(folder, `${name}.jsonl`))),
    async close() {
      await Promise.all(opened.map((one) => one.close()))
    },
  }
}
