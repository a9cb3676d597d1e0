// Runs depmod and mksquashfs of the locked Debian packages instead of this machine's own. Touches a working folder and processes.
// What they write is part of the initrd: another version on another machine must not give other bytes.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { fetchArchives, unpackArchives } from './debian/archives.ts'
import { type BootLock, type LockedPackage, readLock } from './lock.ts'
import { runCommand } from './run-command.ts'

/** kmod, whose name as depmod makes it depmod, and the libraries that both programs are linked with. */
const FROM_SYSTEM = [
  'kmod',
  'libc6',
  'libgcc-s1',
  'libkmod2',
  'liblz4-1',
  'liblzma5',
  'liblzo2-2',
  'libssl3t64',
  'libzstd1',
  'zlib1g',
]
const DYNAMIC_LOADER: Record<Architecture, string> = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }
const LIBRARY_FOLDER: Record<Architecture, string> = { x64: 'usr/lib/x86_64-linux-gnu', arm64: 'usr/lib/aarch64-linux-gnu' }
const PROGRAM_FILE = { depmod: 'usr/bin/kmod', mksquashfs: 'usr/bin/mksquashfs' } as const

export interface LockedTools {
  run(program: keyof typeof PROGRAM_FILE, args: readonly string[]): Promise<void>
  /** Names the packages: another set may write other bytes. */
  readonly packages: readonly LockedPackage[]
}

/** They work on files of any processor, but must themselves run on this machine's: their packages come from this machine's lock file. */
export async function prepareTools(options: {
  readonly mirror: string
  readonly cacheDir: string
  readonly workDir: string
  /** The build itself, whose lock is used when it is for this machine's processor. */
  readonly architecture: Architecture
  readonly lock: BootLock
}): Promise<LockedTools> {
  const host = hostArchitecture()
  const lock = host === options.architecture ? options.lock : await readLock(host)
  const packages = [...(lock?.system ?? []).filter(({ name }) => FROM_SYSTEM.includes(name)), ...(lock?.tools ?? [])]
  const folder = join(options.workDir, 'tools')
  await fetchArchives(packages, options)
  await unpackArchives(packages, options.cacheDir, folder)
  const loader = await findLoader(folder, DYNAMIC_LOADER[host])
  const libraries = join(folder, LIBRARY_FOLDER[host])
  return {
    packages,
    async run(program, args) {
      const file = join(folder, PROGRAM_FILE[program])
      await runCommand(loader, ['--argv0', program, '--library-path', libraries, file, ...args])
    },
  }
}

function hostArchitecture(): Architecture {
  if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')) return process.arch
  throw new AppError(
    'BOOT_OS_TOOL_MISSING',
    `a boot OS cannot be built on ${process.platform} ${process.arch}`,
    'Build it on Linux, x64 or arm64, and copy the boot folder.',
  )
}

async function findLoader(folder: string, name: string): Promise<string> {
  const found = (await readdir(join(folder, 'usr'), { recursive: true })).filter((path) => path.endsWith(`/${name}`))
  for (const path of found) {
    // Beside the loader itself there can be links to it that lead out of this folder.
    if (
      await stat(join(folder, 'usr', path)).then(
        (entry) => entry.isFile(),
        () => false,
      )
    )
      return join(folder, 'usr', path)
  }
  throw new AppError('BOOT_OS_FILE_MISSING', `libc6 holds no ${name}`, 'Correct DYNAMIC_LOADER in boot/locked-tools.ts.')
}
