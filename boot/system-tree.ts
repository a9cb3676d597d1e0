// Puts together what the boot OS's filesystem holds, as layers of entries, and what its first init needs. Touches a working folder.
import { glob, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import type { AddedFile } from './additions.ts'
import type { CpioEntry } from './cpio.ts'
import { unpackArchives } from './debian/archives.ts'
import { stripElf } from './elf.ts'
import { directory, file, readTree, withParents } from './file-tree.ts'
import { chooseFirmware } from './firmware.ts'
import type { InitrdParts } from './initrd.ts'
import { chooseModules, readModules } from './kernel-modules.ts'
import type { BootLock, LockedPackage } from './lock.ts'
import type { LockedTools } from './locked-tools.ts'
import { readNodeBinary } from './node-binary.ts'
import type { ReportProgress } from './progress.ts'
import { PATHS_LEFT_OUT } from './recipe.ts'
import { keepNeededLibraries } from './shared-libraries.ts'

const OVERLAY = new URL('./root', import.meta.url).pathname
const MERGED_FOLDERS = ['bin', 'sbin', 'lib', 'lib64']
const EMPTY_FOLDERS = ['dev', 'mnt', 'proc', 'root', 'run', 'sys', 'tmp', 'usr/lib/busybox', 'var']

const NOTHING_MORE: MoreOfSystem = { packages: [], modules: [], files: [] }

/** What the first init cannot do without: mounting the layers, and one filesystem over the other. */
const EARLY_MODULES = ['loop', 'squashfs', 'overlay']
const BUSYBOX = 'usr/bin/busybox'

/** What a variant has beside. */
export interface MoreOfSystem {
  readonly packages: readonly LockedPackage[]
  /** Names of modules, or folders and files below kernel/. */
  readonly modules: readonly string[]
  readonly files: readonly AddedFile[]
}

export interface TreeOptions {
  readonly architecture: Architecture
  readonly version: string
  readonly lock: BootLock
  readonly mirror: string
  readonly cacheDir: string
  readonly workDir: string
  readonly tools: LockedTools
  readonly onProgress: ReportProgress
  readonly more?: MoreOfSystem
}

export interface System {
  /** From the one that changes least to the one that changes most; later layers win. */
  readonly layers: Readonly<Record<keyof InitrdParts['layers'], CpioEntry[]>>
  readonly early: Pick<InitrdParts, 'busybox' | 'modules'>
  readonly kernel: Buffer
}

export async function buildSystem(options: TreeOptions): Promise<System> {
  const { lock, cacheDir, workDir, tools, onProgress, more = NOTHING_MORE } = options
  onProgress({ stage: 'unpack', detail: `${lock.system.length} packages of the system` })
  const node = withParents([file('usr/bin/node', stripElf(await readNodeBinary(lock.node, cacheDir)), true)])
  const system = keepNeededLibraries(await systemEntries(options), node)
  onProgress({ stage: 'unpack', detail: `kernel and firmware: ${[...lock.kernel, ...lock.firmware].length} packages` })
  const kernelFolder = join(workDir, 'kernel')
  await unpackArchives(lock.kernel, cacheDir, kernelFolder)
  const modules = await chooseModules(kernelFolder, join(workDir, 'modules'), tools, more.modules)
  const firmwareFolder = join(workDir, 'firmware')
  await unpackArchives(lock.firmware, cacheDir, firmwareFolder)
  const firmware = await chooseFirmware(modules.folder, firmwareFolder)
  onProgress({ stage: 'modules', detail: `${modules.count} modules of ${modules.release}, ${firmware.length} firmware files` })
  const moduleEntries = (await readTree(modules.folder)).filter(({ path }) => path.startsWith('usr/'))
  return {
    layers: { node, modules: withParents([...moduleEntries, ...firmware]), system },
    early: { busybox: contentOf(system, BUSYBOX), modules: await readModules(modules, EARLY_MODULES) },
    kernel: await readFile(join(kernelFolder, 'boot', `vmlinuz-${modules.release}`)),
  }
}

async function systemEntries({
  architecture,
  version,
  lock,
  cacheDir,
  workDir,
  more = NOTHING_MORE,
}: TreeOptions): Promise<CpioEntry[]> {
  const folder = join(workDir, 'system')
  for (const name of MERGED_FOLDERS) {
    await mkdir(join(folder, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, join(folder, name))
  }
  await unpackArchives([...lock.system, ...more.packages], cacheDir, folder)
  for (const pattern of PATHS_LEFT_OUT) {
    for await (const path of glob(pattern, { cwd: folder })) await rm(join(folder, path), { recursive: true, force: true })
  }
  // What is named is loaded at the start; of folders each module waits for its hardware.
  const named = more.modules.filter((each) => !each.includes('/'))
  const release = `PLATEN_VERSION=${version}\nPLATEN_ARCHITECTURE=${architecture}\n`
  return withParents([
    ...(await readTree(folder)),
    ...(await readTree(OVERLAY)),
    ...EMPTY_FOLDERS.map(directory),
    file('etc/platen-release', release),
    file('etc/os-release', `NAME="Platen boot OS"\nID=platen-boot-os\nVERSION_ID=${version}\n`),
    { kind: 'symlink', path: 'etc/mtab', target: '../proc/self/mounts' },
    { kind: 'symlink', path: 'usr/bin/sh', target: 'dash' },
    ...(named.length === 0 ? [] : [file('etc/platen-modules', `${named.join('\n')}\n`)]),
    ...more.files.map(({ path, content, isProgram }) => file(merged(path), content, isProgram)),
  ])
}

/** /bin and its kin are links to their namesakes in /usr: a folder in their place would hide all that is there. */
function merged(path: string): string {
  return MERGED_FOLDERS.includes(path.split('/')[0]!) ? `usr/${path}` : path
}

function contentOf(entries: readonly CpioEntry[], path: string): Uint8Array {
  const entry = entries.find((candidate) => candidate.path === path)
  if (entry?.kind === 'file') return entry.content
  throw new AppError(
    'BOOT_OS_FILE_MISSING',
    `the system's packages hold no file ${path}`,
    'Correct BUSYBOX in boot/system-tree.ts.',
  )
}
