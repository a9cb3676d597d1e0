// try: makes a version ready to run in this machine's memory, with its own kernel. Reads the version by NBD; no disk of the machine is opened.
import { createWriteStream } from 'node:fs'
import { copyFile, lstat, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { DiskManifest } from '../../contract/image.ts'
import { NbdExportView } from '../../contract/nbd.ts'
import type { TryStep } from '../../contract/steps.ts'
import { createChunkClient } from '../imaging/chunk-client.ts'
import { fetchManifest } from '../imaging/fetch-manifest.ts'
import type { ImagingTools } from '../imaging/imaging-tools.ts'
import { packTree } from '../imaging/pack-tree.ts'
import type { Machine } from '../machine.ts'
import type { Performer, StepContext } from '../performer.ts'
import type { NbdAddress, TrialTools } from '../trial-tools.ts'
import { pathInside } from './inside.ts'
import { architectureOf, type KernelFile, newestKernelIn } from './trial-kernel.ts'
import { checkMemory } from './trial-memory.ts'
import { trialCommandLine, trialFiles } from './trial-words.ts'

export interface TryDeps {
  readonly machine: Pick<Machine, 'loadKernel'>
  readonly imaging: Pick<ImagingTools, 'announcePartitions' | 'partitionPath'>
  readonly tools: TrialTools
  /** In memory. */
  readonly directory: string
}

type Content = DiskManifest['contents'][number]['content']

interface Part {
  readonly path: string
  readonly content: Content
}

export function tryPerformer(deps: TryDeps): Performer<'try'> {
  return async (step, context) => {
    const { tools, machine, directory, imaging } = deps
    const { disks } = await fetchManifest(step, createChunkClient(context))
    const { uri } = await context.client.post(`/jobs/${context.jobId}/nbd`, {}, NbdExportView, context.signal)
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    context.progress({ minorState: 'looking into the version', percent: 5, transfer: {} })
    const packed = await tools.whileAttached(
      { ...addressIn(uri), sectorBytes: disks[0]!.sectorBytes },
      context,
      async (devicePath) => {
        await imaging.announcePartitions(devicePath, context)
        return pack(partsOf(disks[0]!, devicePath, imaging), step, deps, context)
      },
    )
    const commandLine = trialCommandLine(await tools.commandLine(), await tools.diskModules())
    context.log(`starting ${packed.kernelName} with: ${commandLine}`)
    await machine.loadKernel({ kernelPath: packed.kernelPath, initrdPath: packed.initrdPath, commandLine }, context)
    // The kernel has its own copy now.
    await rm(directory, { recursive: true, force: true })
    return { transfer: {}, imageVersion: step.version, startsKernel: true }
  }
}

const ROOTS: readonly Content[] = ['ext', 'xfs', 'btrfs', 'f2fs']
const KERNEL_PLACES: readonly Content[] = [...ROOTS, 'fat']

function partsOf({ contents, table }: DiskManifest, devicePath: string, imaging: TryDeps['imaging']): Part[] {
  return contents
    .filter(({ content, number }) => KERNEL_PLACES.includes(content) && (number > 0 || table.kind === 'none'))
    .map(({ number, content }) => ({ path: imaging.partitionPath(devicePath, number), content }))
}

interface Packed {
  readonly kernelPath: string
  readonly kernelName: string
  readonly initrdPath: string
}

async function pack(parts: readonly Part[], step: TryStep, deps: TryDeps, context: StepContext): Promise<Packed> {
  const { tools, directory } = deps
  const kernelPath = join(directory, 'kernel')
  const kernel = await takeKernel(parts, kernelPath, deps, context)
  const initrdPath = join(directory, 'root')
  for (const { path, content } of parts.filter((part) => ROOTS.includes(part.content))) {
    const packed = await tools.whileLookedAt(path, content, context, async (mounted) => {
      const root = await rootIn(mounted)
      if (root === undefined) return false
      const unpackedBytes = await tools.usedBytes(mounted)
      checkMemory({ unpackedBytes }, await tools.memory())
      context.progress({ minorState: `reading ${path}`, percent: 20, transfer: {} })
      const archive = packTree(root, trialFiles(step, await tools.busybox()))
      const gzip = createGzip({ level: constants.Z_BEST_SPEED })
      await pipeline(Readable.from(archive), gzip, createWriteStream(initrdPath), { signal: context.signal })
      const { size } = await stat(initrdPath)
      context.log(`the root of the version has ${unpackedBytes} bytes, packed ${size}`)
      checkMemory({ unpackedBytes, packedBytes: size }, await tools.memory())
      return true
    })
    if (packed) return { kernelPath, kernelName: kernel.name, initrdPath }
  }
  throw unfit(`no partition of ${step.imageName} version ${step.version} holds the root of a Linux that this boot OS can read`)
}

/** Out of /boot of the root, else out of a partition that is /boot by itself. */
async function takeKernel(parts: readonly Part[], to: string, { tools }: TryDeps, context: StepContext): Promise<KernelFile> {
  for (const { path, content } of parts) {
    const kernel = await tools.whileLookedAt(path, content, context, async (mounted) => {
      const root = await rootIn(mounted)
      const found = root === undefined ? await newestKernelIn(mounted, '') : await newestKernelIn(root, 'boot')
      if (found !== undefined) await copyFile(found.path, to)
      return found
    })
    if (kernel === undefined) continue
    const architecture = await architectureOf(to)
    const { architecture: own } = context.inventory
    if (architecture !== own)
      throw unfit(
        `${kernel.name} is ${architecture === undefined ? 'no kernel that is known here' : `a kernel for ${architecture}`}; this machine is ${own}`,
      )
    return kernel
  }
  throw unfit('no partition of the version has a kernel in /boot')
}

/** Of a mounted filesystem, or of the subvolume that holds the system. undefined: it holds none. */
async function rootIn(mounted: string): Promise<string | undefined> {
  for (const root of [mounted, join(mounted, '@'), join(mounted, '@rootfs')]) {
    const isThere = async (path: string) => (await lstat(await pathInside(root, path)).catch(() => undefined)) !== undefined
    if ((await isThere('etc')) && ((await isThere('sbin/init')) || (await isThere('usr/lib/systemd/systemd')))) return root
  }
  return undefined
}

function addressIn(uri: string): Omit<NbdAddress, 'sectorBytes'> {
  const { hostname, port, pathname } = new URL(uri)
  return { host: hostname, port: Number(port), exportName: pathname.slice(1) }
}

function unfit(message: string): AppError {
  return new AppError(
    'AGENT_TRIAL_UNFIT',
    message,
    'Only a Linux on a plain ext, XFS, Btrfs or F2FS partition, with its kernel in /boot, can be tried.',
  )
}
