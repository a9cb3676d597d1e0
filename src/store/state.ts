// Where the records of all rooms are kept: the port that a database would implement, too.
import type { History, RecordStore } from './record-store.ts'

interface Identified {
  readonly id: string
}

/** Each name is opened once in a process. Opening throws APPLIANCE_STATE_UNREADABLE when what is kept cannot be read. */
export interface State {
  collection<T extends Identified>(name: string): Promise<RecordStore<T>>
  history<T extends Identified>(name: string): Promise<History<T>>
  /** Closes all that was opened. The state needs no close to be whole. */
  close(): Promise<void>
}
