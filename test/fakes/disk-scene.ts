// Two disks, an appliance and an agent between them: what tests of imaging on loop devices begin with. Needs root; leaves nothing behind.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImageVersionView } from '../../src/contract/image.ts'
import { type ImageAppliance, imageAppliance } from './image-appliance.ts'
import { ImageDisk, sh } from './image-disk.ts'
import { ImagingAgent } from './imaging-agent.ts'

interface DiskSceneSettings {
  readonly sourceBytes: number
  /** Left out: as large as the source. */
  readonly targetBytes?: number
  /** Of the agent; left out, those of Linux. */
  readonly tools?: ConstructorParameters<typeof ImagingAgent>[1]
}

interface Parts {
  /** For whatever else the test needs; goes with the scene. */
  readonly directory: string
  readonly source: ImageDisk
  readonly target: ImageDisk
  readonly appliance: ImageAppliance
  readonly agent: ImagingAgent
  readonly url: string
}

export class DiskScene {
  readonly directory: string
  readonly source: ImageDisk
  readonly target: ImageDisk
  readonly appliance: ImageAppliance
  readonly agent: ImagingAgent
  /** Of the appliance. */
  readonly url: string
  readonly #ends: AsyncDisposableStack

  private constructor({ directory, source, target, appliance, agent, url }: Parts, ends: AsyncDisposableStack) {
    this.directory = directory
    this.source = source
    this.target = target
    this.appliance = appliance
    this.agent = agent
    this.url = url
    this.#ends = ends
  }

  static async open({ sourceBytes, targetBytes = sourceBytes, tools }: DiskSceneSettings): Promise<DiskScene> {
    // What was made goes again when the rest cannot be made.
    await using ends = new AsyncDisposableStack()
    const directory = await mkdtemp(join(tmpdir(), 'platen-loop-'))
    ends.defer(() => rm(directory, { recursive: true, force: true }))
    const source = await ImageDisk.create(join(directory, 'source.img'), sourceBytes)
    ends.defer(() => source.remove())
    const target = await ImageDisk.create(join(directory, 'target.img'), targetBytes)
    ends.defer(() => target.remove())
    const appliance = await imageAppliance({ dataDir: join(directory, 'data') })
    ends.defer(() => appliance.close())
    const url = await appliance.listen()
    const agent = new ImagingAgent(url, tools)
    return new DiskScene({ directory, source, target, appliance, agent, url }, ends.move())
  }

  close(): Promise<void> {
    return this.#ends.disposeAsync()
  }

  /** Another one; goes with the scene. */
  async addDisk(name: string, sizeBytes: number, sectorBytes?: number): Promise<ImageDisk> {
    const disk = await ImageDisk.create(join(this.directory, `${name}.img`), sizeBytes, sectorBytes)
    this.#ends.defer(() => disk.remove())
    return disk
  }

  /** Another one with an empty store, and its URL; goes with the scene. */
  async addAppliance(name: string): Promise<{ readonly appliance: ImageAppliance; readonly url: string }> {
    const appliance = await imageAppliance({ dataDir: join(this.directory, name) })
    this.#ends.defer(() => appliance.close())
    return { appliance, url: await appliance.listen() }
  }

  version(number = 1): ImageVersionView {
    return this.appliance.images.find('disk', number)
  }

  /** Ids of tables that make a disk ours. */
  get knownTableIds(): readonly string[] {
    return this.appliance.images.tableIds()
  }

  mounted<T>(disk: ImageDisk, number: number, work: (directory: string) => Promise<T>, mount?: string): Promise<T> {
    return disk.mounted(number, join(this.directory, 'm'), work, mount)
  }

  /** Every file with its content, and all that is kept of files beside it. */
  filesOf(disk: ImageDisk, number: number): Promise<string> {
    const facts = "find . -printf '%P %y %m %U %G %s %n %T@ %l\\n' | grep -v lost+found | sort"
    return this.mounted(disk, number, (m) => sh(`cd ${m}; find . -type f -exec sha256sum {} + | sort -k2; ${facts}`))
  }
}
