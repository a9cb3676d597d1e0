// Which disks a peer may read by NBD: by a token that was made for its address, or, where that is allowed, by their plain names on loopback.

import { openDiskReader } from '../image/disk-bytes.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import { ChunkCache, pieces } from './chunk-cache.ts'
import { type ExportedDisk, formatExportName, parseExportName } from './export-names.ts'
import type { ExportTokens } from './export-tokens.ts'
import type { NbdExport, NbdExports } from './session.ts'

/** About a hundred chunks: what a root filesystem is read through at its start. */
const CACHE_BYTES = 256 * 1024 * 1024

interface VersionExportsDeps {
  readonly images: Pick<ImageStoreService, 'list' | 'find' | 'manifest' | 'getChunk'>
  readonly tokens: ExportTokens
  /** Whether programs on the appliance itself may ask by plain names. */
  readonly opensLoopback: boolean
}

export class VersionExports {
  readonly #deps: VersionExportsDeps
  readonly #cache = new ChunkCache(CACHE_BYTES)

  constructor(deps: VersionExportsDeps) {
    this.#deps = deps
  }

  for(address: string): NbdExports {
    const { images, tokens, opensLoopback } = this.#deps
    const isPlain = opensLoopback && /^127\./.test(address)
    return {
      list: () =>
        isPlain ? images.list().flatMap(({ name, versions }) => versions.map((one) => `${name}@${one.version}`)) : undefined,
      find: async (name, uses) => {
        const disk = tokens.find(name, address, uses) ?? (isPlain ? parseExportName(name) : undefined)
        return disk === undefined ? undefined : this.#open(disk)
      },
    }
  }

  /** undefined: it was removed, or never was. */
  async #open(which: ExportedDisk): Promise<NbdExport | undefined> {
    const { images } = this.#deps
    const { imageName, version, disk: number } = which
    const view = images
      .list()
      .find(({ name }) => name === imageName)
      ?.versions.find((one) => one.version === version)
    if (view === undefined) return undefined
    const { disks } = await images.manifest(imageName, version)
    const disk = disks[number - 1]
    if (disk === undefined) return undefined
    const reader = this.#cache.reader(`${view.manifestDigest}/${number}`, openDiskReader(disk, images))
    return {
      title: formatExportName(which),
      sizeBytes: disk.sizeBytes,
      read: (from, to) => pieces(reader, from, to),
    }
  }
}
