// A file as a disk for the format step, for tests as root; removed with `using`. Touches loop devices and a temporary folder.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class PartitionedDisk implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'platen-format-'))
  readonly imagePath = join(this.directory, 'disk.img')
  readonly devicePath: string
  readonly sizeBytes: number

  constructor(sizeMiB: number) {
    this.sizeBytes = sizeMiB * 1024 * 1024
    writeFileSync(this.imagePath, '')
    truncateSync(this.imagePath, this.sizeBytes)
    this.devicePath = run('losetup', '--partscan', '--show', '--find', this.imagePath).trim()
  }

  [Symbol.dispose](): void {
    attempt('umount', '--recursive', '--quiet', join(this.directory, 'target'))
    // Partitions that partx announced outlive the loop device unless they are taken back first.
    attempt('partx', '--delete', this.devicePath)
    run('losetup', '--detach', this.devicePath)
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function attempt(file: string, ...args: string[]): void {
  try {
    run(file, ...args)
  } catch {
    // Nothing was mounted, or nothing announced.
  }
}
