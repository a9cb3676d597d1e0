// What the names that machines ask for by TFTP stand for: loaders, the boot OS, and scripts made on the spot.
import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import type { AnswerScript } from '../answer-script.ts'
import { bootOsPlace } from '../boot-os-file.ts'
import type { TftpLimits } from '../config.ts'
import { clientOfGrub, type GrubAsker, grubAskerOf } from '../grub-script-name.ts'
import { autoexecScript } from '../http/ipxe-script.ts'
import type { LoaderFlavour } from '../loader-path.ts'
import { flavourOf, splitLoaderPath } from '../loader-path.ts'
import { normalisePath } from '../served-file.ts'
import { type CachedFile, FileCache } from './file-cache.ts'
import { FileContent } from './file-content.ts'
import { grubScript, grubStub } from './grub-script.ts'
import { namesMeant } from './name-tail.ts'

export interface BootFilesDeps {
  readonly bootDir: string
  readonly limits: TftpLimits
  readonly answerScript: AnswerScript
  readonly onLoaderFetched: (mac: string, flavour: LoaderFlavour) => void
}

export interface FileAsker {
  /** Its IPv4 address. */
  readonly from: string
  /** Our HTTP server as the machines of this interface reach it. */
  readonly httpBase: string
}

export class BootFiles {
  #deps: BootFilesDeps
  #loaders: FileCache
  /** By the folder below the boot folder. */
  #bootOs: ReadonlyMap<string, FileCache>

  constructor(deps: BootFilesDeps) {
    const { bootDir, limits } = deps
    this.#deps = deps
    this.#loaders = new FileCache(join(bootDir, 'loaders'), limits)
    const folders = ['x64', 'arm64', 'builds/x64', 'builds/arm64']
    this.#bootOs = new Map(folders.map((folder) => [folder, new FileCache(join(bootDir, folder), limits)]))
  }

  /** The loaders come into memory. Never fails. */
  readAhead(): Promise<void> {
    return this.#loaders.readAhead()
  }

  /** Under the name as it was asked for, or under the one that was meant (name-tail.ts). */
  async read(asked: string, asker: FileAsker): Promise<CachedFile> {
    let found: CachedFile = { kind: 'refused', reason: 'not-found' }
    for (const name of namesMeant(asked)) {
      found = await this.#readExactly(name, asker)
      if (found.kind === 'file') break
    }
    return found
  }

  async #readExactly(name: string, asker: FileAsker): Promise<CachedFile> {
    const { mac, file } = splitLoaderPath(normalisePath(name) ?? '')
    if (file === 'autoexec.ipxe') return made(autoexecScript(asker.httpBase))
    if (file === 'grub/grub.cfg') return made(grubStub())
    const grub = grubAskerOf(file)
    if (grub !== undefined) return this.#grubScript(grub, asker)
    const place = bootOsPlace(file)
    if (place !== undefined) return this.#bootOs.get(place.folder)!.read(place.name)
    const found = await this.#loaders.read(file)
    if (mac !== undefined && found.kind === 'file') this.#deps.onLoaderFetched(mac, flavourOf(file))
    return found
  }

  async #grubScript(grub: GrubAsker, { from, httpBase: applianceUrl }: FileAsker): Promise<CachedFile> {
    const answer = await this.#deps.answerScript({ ...clientOfGrub(grub), applianceUrl }, from)
    return made(grubScript({ ...grub, answer, applianceUrl }))
  }
}

function made(script: string): CachedFile {
  return { kind: 'file', content: FileContent.whole(Buffer.from(script)) }
}
