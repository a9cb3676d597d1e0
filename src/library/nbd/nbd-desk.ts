// Gives out names of NBD exports, and runs the server when the settings turn it on.

import { AppError } from '../../contract/errors.ts'
import type { NbdExportView } from '../../contract/nbd.ts'
import { type Clock, instantOf, type Log } from '../../store/index.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { ExportedDisk } from './export-names.ts'
import { ExportTokens, type TokenGrant } from './export-tokens.ts'
import { VersionExports } from './exports.ts'
import { DEFAULT_NBD_LIMITS } from './limits.ts'
import { NbdServer } from './server.ts'

export interface NbdConfig {
  readonly listen: string
  readonly port: number
  /** Programs on the appliance itself may read every version by its plain name. */
  readonly opensLoopback: boolean
}

export interface Offer extends Omit<TokenGrant, 'disk'> {
  /** By which the peer knows this appliance. */
  readonly host: string
}

interface NbdDeskDeps {
  readonly images: ImageStoreService
  readonly clock: Clock
  readonly log: Log
}

export class NbdDesk {
  readonly #deps: NbdDeskDeps
  readonly #tokens: ExportTokens
  readonly #server: NbdServer | undefined

  /** config: left out, it is off. */
  constructor(config: NbdConfig | undefined, deps: NbdDeskDeps) {
    this.#deps = deps
    this.#tokens = new ExportTokens(deps.clock)
    if (config === undefined) return
    const exports = new VersionExports({ ...deps, tokens: this.#tokens, opensLoopback: config.opensLoopback })
    this.#server = new NbdServer({
      ...config,
      limits: DEFAULT_NBD_LIMITS,
      exportsFor: (address) => exports.for(address),
      clock: deps.clock,
      log: deps.log,
    })
  }

  /** Throws APPLIANCE_PORT_TAKEN. */
  async start(): Promise<void> {
    await this.#server?.start()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  get isOn(): boolean {
    return this.#server !== undefined
  }

  /** Throws IMAGE_NBD_OFF, and what find and manifest of images throw. */
  async offer(disk: ExportedDisk, to: Offer): Promise<NbdExportView> {
    if (this.#server === undefined) throw nbdOff()
    const { images, clock } = this.#deps
    images.find(disk.imageName, disk.version)
    const { disks } = await images.manifest(disk.imageName, disk.version)
    const manifest = disks[disk.disk - 1]
    if (manifest === undefined) throw noDisk(disk, disks.length)
    const { address, seconds, isOnce } = to
    const exportName = this.#tokens.make({ disk, address, seconds, isOnce })
    const { sizeBytes } = manifest
    const until = instantOf(clock.now() + seconds * 1000)
    const { port } = this.#server
    return { exportName, uri: `nbd://${to.host}:${port}/${exportName}`, port, sizeBytes, address, until }
  }
}

function nbdOff(): AppError {
  return new AppError(
    'IMAGE_NBD_OFF',
    'this appliance offers no disks by NBD',
    'Turn it on with the setting nbd.isOn, and start the appliance again.',
  )
}

export function noDisk({ imageName, version, disk }: ExportedDisk, count: number): AppError {
  return new AppError(
    'IMAGE_VERSION_NOT_FOUND',
    `${imageName} version ${version} has ${count} disk${count === 1 ? '' : 's'}, no number ${disk}`,
    'Count from 1; `platen image show` tells how many there are.',
  )
}
