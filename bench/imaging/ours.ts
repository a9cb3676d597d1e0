// Platen's own way: the real agent steps against the real routes and store, each side in its own process.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompressSync } from 'node:zlib'
import type { ImageList, ImageVersionView, Manifest } from '../../src/contract/image.ts'
import type { Transfer } from '../../src/contract/job.ts'
import type { AttachedDisk } from './filled-disk.ts'

const run = promisify(execFile)
const here = import.meta.dirname

export interface StepRun {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxMemoryMiB: number
  readonly transfer: Transfer
  readonly imageVersion?: number
  readonly contentDigest?: string
}

export class OurAppliance {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  /** prefix: a command that starts the appliance, such as taskset; runs: the image whose first version its nodes run. */
  static async start(dataDir: string, prefix: readonly string[] = [], runs: readonly string[] = []): Promise<OurAppliance> {
    const [command = '', ...words] = [...prefix, process.execPath, join(here, 'appliance-process.ts'), dataDir, ...runs]
    const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim()))
      child.once('exit', (code) => reject(new Error(`the appliance ended with ${code}`)))
    })
    return new OurAppliance(url, child)
  }

  async version(number: number, image = 'disk'): Promise<ImageVersionView> {
    const { images } = (await (await fetch(`${this.url}/api/v1/images`)).json()) as ImageList
    return images.find(({ name }) => name === image)!.versions.find(({ version }) => version === number)!
  }

  /** Table ids of all versions, so that a deploy knows its own disks. */
  async tableIds(): Promise<string[]> {
    const { disks } = await this.manifest(1)
    return disks.flatMap(({ table }) => (table.kind === 'none' ? [] : [table.id]))
  }

  async manifest(version: number): Promise<Manifest> {
    const answer = await fetch(`${this.url}/agent/v1/images/disk/versions/${version}/manifest`)
    return JSON.parse(zstdDecompressSync(await answer.arrayBuffer()).toString()) as Manifest
  }

  /** Gives the processor seconds that it used. */
  async stop(): Promise<number> {
    let said = ''
    this.#child.stdout!.on('data', (text: Buffer) => {
      said += text.toString()
    })
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin!.end()
    await ended
    return Number(said)
  }
}

export const ourCapture = (url: string, disk: AttachedDisk, image = 'disk'): Promise<StepRun> =>
  step('capture', url, disk, JSON.stringify(image))

export const ourDeploy = (url: string, disk: AttachedDisk, view: ImageVersionView, knownTableId = ''): Promise<StepRun> =>
  step('deploy', url, disk, JSON.stringify(view), knownTableId)

export const ourVerify = (url: string, disk: AttachedDisk, view: ImageVersionView): Promise<StepRun> =>
  step('verify', url, disk, JSON.stringify(view))

async function step(action: string, url: string, disk: AttachedDisk, ...more: readonly string[]): Promise<StepRun> {
  const inventory = {
    devicePath: disk.path,
    sizeBytes: disk.sizeBytes,
    logicalSectorBytes: 512,
    physicalSectorBytes: 512,
    isRotational: false,
    isRemovable: false,
    isReadOnly: false,
  }
  const { stdout } = await run(
    process.execPath,
    [join(here, 'agent-process.ts'), action, url, JSON.stringify(inventory), ...more],
    {
      maxBuffer: 16 * 1024 * 1024,
    },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}
