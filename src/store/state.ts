// Where the records of all rooms are kept: the port that a database would implement, too.
import type { Damage } from './journal.ts'
import type { History, RecordStore } from './record-store.ts'

interface Identified {
  readonly id: string
}

/** Each name is opened once in a process. Opening throws APPLIANCE_STATE_UNREADABLE when nothing of what is kept can be read. */
export interface State {
  collection<T extends Identified>(name: string): Promise<RecordStore<T>>
  history<T extends Identified>(name: string): Promise<History<T>>
  /** What was lost of it, found when it was opened: each costs itself, and all the rest is there. */
  damaged(): readonly Damage[]
  /** Closes all that was opened. The state needs no close to be whole. */
  close(): Promise<void>
}
