// A log that only remembers: its warnings and errors, and the fields of what it was told.
import type { Log } from '../../src/store/log.ts'

export class SilentLog implements Log {
  readonly complaints: string[] = []
  readonly told: object[] = []

  info(fields: object): void {
    this.told.push(fields)
  }

  warn(_fields: object, message: string): void {
    this.complaints.push(message)
  }

  error(_fields: object, message: string): void {
    this.complaints.push(message)
  }
}
