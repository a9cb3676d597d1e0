// A folder for state, in memory where the machine has one (tests flush often); gone with its scope.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class StateFolder implements Disposable {
  readonly path: string

  constructor() {
    this.path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'platen-state-'))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
