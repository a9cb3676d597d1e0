// Records with each new version what its content says that it starts on, one version after the other, and holds what people say against it.
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView, VersionFacts } from '../../contract/image.ts'
import type { Log } from '../../store/index.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { ImageFilesReader } from './image-files.ts'
import { judgeSeen, lookAt, type StartsOn } from './starts-on.ts'

interface StartsOnDeskDeps {
  readonly images: Pick<ImageStoreService, 'find' | 'manifest' | 'say'>
  readonly files: Pick<ImageFilesReader, 'list' | 'content'>
  readonly log: Log
}

export class StartsOnDesk {
  readonly #deps: StartsOnDeskDeps
  #looking: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(deps: StartsOnDeskDeps) {
    this.#deps = deps
  }

  /** It was published just now. Resolves when it was looked at, which nobody has to wait for. A version of another appliance keeps what is known of it there. */
  begin(view: ImageVersionView): Promise<void> {
    if (view.origin !== undefined) return Promise.resolve()
    this.#looking = this.#looking
      .then(() => (this.#isStopped ? undefined : this.#look(view)))
      .catch((error: unknown) => this.#deps.log.error({ err: error }, 'it could not be found out what a version starts on'))
    return this.#looking
  }

  /** Throws IMAGE_ARCHITECTURE_CONTRADICTED when the content says otherwise. Reads the version: seconds. */
  async refuse(imageName: string, version: number, { architecture }: VersionFacts): Promise<void> {
    if (architecture === undefined) return
    const found = await this.#found(imageName, version)
    if (found.architecture === undefined || found.architecture === architecture) return
    throw new AppError(
      'IMAGE_ARCHITECTURE_CONTRADICTED',
      `${imageName} version ${version} is said to start on ${architecture}; its content is for ${found.architecture}`,
      'Leave it as it is: a machine of another processor type does not start it. Capture or import the right disk under this name.',
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#looking
  }

  async #look({ imageName, version, architecture: told }: ImageVersionView): Promise<void> {
    const { images, log } = this.#deps
    const found = await this.#found(imageName, version)
    const { architecture, firmware } = images.find(imageName, version)
    const facts = {
      ...(found.architecture === undefined || found.architecture === architecture ? {} : { architecture: found.architecture }),
      ...(found.firmware === undefined || firmware !== undefined ? {} : { firmware: found.firmware }),
    }
    if (told !== undefined && facts.architecture !== undefined)
      log.warn(
        { image: imageName, version, told, found: facts.architecture },
        'the content of a version is for another processor type',
      )
    if (Object.keys(facts).length > 0) await images.say(imageName, version, facts)
  }

  async #found(imageName: string, version: number): Promise<StartsOn> {
    const { images, files } = this.#deps
    const { disks } = await images.manifest(imageName, version)
    return judgeSeen(await lookAt(disks[0]!, { imageName, version }, files))
  }
}
