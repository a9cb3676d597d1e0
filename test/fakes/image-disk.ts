// A disk made of a sparse file and a loop device, with its partitions. Needs root; remove() leaves nothing behind.
import { execFile } from 'node:child_process'
import { truncate, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Disk } from '../../src/contract/inventory.ts'
import { withDisk } from '../../src/winpe-agent/imaging/open-disk.ts'

const run = promisify(execFile)

export async function sh(command: string): Promise<string> {
  return (await run('sh', ['-ec', command], { maxBuffer: 64 * 1024 * 1024 })).stdout.trim()
}

export class ImageDisk {
  readonly file: string
  readonly path: string
  readonly sizeBytes: number
  readonly sectorBytes: number

  private constructor(file: string, path: string, sizeBytes: number, sectorBytes: number) {
    this.file = file
    this.path = path
    this.sizeBytes = sizeBytes
    this.sectorBytes = sectorBytes
  }

  static async create(file: string, sizeBytes: number, sectorBytes = 512): Promise<ImageDisk> {
    await writeFile(file, '')
    await truncate(file, sizeBytes)
    const path = await sh(`losetup --find --show --sector-size ${sectorBytes} ${file}`)
    return new ImageDisk(file, path, sizeBytes, sectorBytes)
  }

  /** 0: the disk itself. */
  part(number: number): string {
    return number === 0 ? this.path : `${this.path}p${number}`
  }

  /** A table in sfdisk's words. The device may have been used before: what the kernel still knows of its partitions goes first. */
  async layOut(script: string): Promise<void> {
    await sh(
      `partx --delete ${this.path} 2>/dev/null || true; sfdisk --quiet --no-reread --no-tell-kernel ${this.path} <<'END'\n${script}\nEND\npartx --update --nr 1:256 ${this.path}`,
    )
  }

  /** `mount`: the command, for a filesystem that needs another. */
  async mounted<T>(number: number, directory: string, work: (directory: string) => Promise<T>, mount = 'mount'): Promise<T> {
    const device = this.part(number)
    const inside = `${directory}/in`
    // A network namespace that begins meanwhile (`ip netns exec`) copies all mounts, and a copy holds the device. Below a shared mount it goes
    // when ours goes.
    await sh(`mkdir -p ${inside}; mount --bind ${directory} ${directory}; mount --make-shared ${directory}`)
    try {
      await sh(`${mount} ${device} ${inside}`)
      return await work(inside)
    } finally {
      // Somebody else on this machine may look at it just now; a FUSE process ends only after it was unmounted.
      await sh(
        `sync -f ${inside}; for try in $(seq 20); do mountpoint -q ${inside} || break; umount ${inside} && break; sleep 0.25; done` +
          `; ! mountpoint -q ${inside} || exit 1; umount ${directory}; for try in $(seq 100); do fuser -s ${device} 2>/dev/null || break; sleep 0.1; done`,
      )
      await withDisk(device, 'read', async () => undefined, { tries: 100 })
    }
  }

  get inventory(): Disk {
    return {
      devicePath: this.path,
      serial: `loop-${this.path.replaceAll('/', '')}`,
      sizeBytes: this.sizeBytes,
      logicalSectorBytes: this.sectorBytes,
      physicalSectorBytes: this.sectorBytes,
      isRotational: false,
      isRemovable: false,
      isReadOnly: false,
    }
  }

  async remove(): Promise<void> {
    await sh(`partx --delete ${this.path} 2>/dev/null || true; losetup --detach ${this.path}; rm -f ${this.file}`)
  }
}
