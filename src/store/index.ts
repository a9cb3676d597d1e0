// The door of this room: the ports of state, the clock and the events that every room is given, and the embedded implementation.
export { type Clock, deadlineOf, instantOf, JumpWatch, SYSTEM_CLOCK } from './clock.ts'
export { AppendFile, ignoreMissing, replaceFile, syncFolder } from './durable-file.ts'
export { Events } from './events.ts'
export type { Damage } from './journal.ts'
export type { Log } from './log.ts'
export { lowdbState } from './lowdb-state.ts'
export type { Change, History, RecordStore } from './record-store.ts'
export type { State } from './state.ts'
