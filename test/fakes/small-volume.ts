// A volume of a few MiB, in memory, that fills up. Root only; close() leaves nothing behind.
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createImageService } from '../../src/library/image/create-image-service.ts'
import type { ImageStoreService } from '../../src/library/image/image-service.ts'
import { sh } from './image-disk.ts'

export class SmallVolume {
  readonly directory: string
  readonly dataDir: string
  readonly #ballast: string

  private constructor(directory: string) {
    this.directory = directory
    this.dataDir = join(directory, 'data')
    this.#ballast = join(directory, 'ballast')
  }

  static async mount(sizeMiB: number): Promise<SmallVolume> {
    const directory = await mkdtemp(join(tmpdir(), 'platen-volume-'))
    await sh(`mount -t tmpfs -o size=${sizeMiB}m platen-volume ${directory}`)
    return new SmallVolume(directory)
  }

  /** Of what is in `dataDir`, as a start of the appliance opens it. */
  openImages(): ImageStoreService {
    return createImageService({ dataDir: this.dataDir }, { now: () => '2030-01-01T00:00:00.000Z' })
  }

  /** Fills it up but for so many bytes. */
  async leaveFree(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.directory)
    await writeFile(this.#ballast, Buffer.alloc(bavail * bsize - bytes))
  }

  /** Takes away again what filled it up. */
  async empty(): Promise<void> {
    await rm(this.#ballast)
  }

  async close(): Promise<void> {
    await sh(`umount ${this.directory}`)
    await rm(this.directory, { recursive: true, force: true })
  }
}
