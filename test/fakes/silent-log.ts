// A log that only remembers its warnings and errors.
import type { Log } from '../../src/store/log.ts'

export class SilentLog implements Log {
  readonly complaints: string[] = []

  info(): void {}

  warn(_fields: object, message: string): void {
    this.complaints.push(message)
  }

  error(_fields: object, message: string): void {
    this.complaints.push(message)
  }
}
