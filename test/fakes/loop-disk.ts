// An empty disk for tests: a sparse file behind a loop device, in a directory of its own. Needs root; gone with its scope.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a command and gives what it wrote; what it says on the error channel comes with the failure. */
export function run(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export class LoopDisk implements Disposable {
  readonly directory: string
  readonly imagePath: string
  readonly devicePath: string
  readonly sizeBytes: number

  constructor(sizeMiB: number) {
    this.directory = mkdtempSync(join(tmpdir(), 'platen-loop-'))
    this.imagePath = join(this.directory, 'disk.img')
    this.sizeBytes = sizeMiB * 1024 * 1024
    writeFileSync(this.imagePath, '')
    truncateSync(this.imagePath, this.sizeBytes)
    this.devicePath = run('losetup', '--find', '--show', this.imagePath).trim()
  }

  [Symbol.dispose](): void {
    try {
      run('partx', '--delete', this.devicePath)
    } catch {
      // It has no partitions.
    }
    run('losetup', '--detach', this.devicePath)
    rmSync(this.directory, { recursive: true, force: true })
  }
}
