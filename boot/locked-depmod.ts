// Runs depmod of the locked Debian packages instead of this machine's own. Touches a working folder and processes.
// Its indexes are part of the initrd: another version on another machine must not give other bytes.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { fetchArchives, unpackArchives } from './debian/archives.ts'
import { type LockedPackage, readLock } from './lock.ts'
import { runCommand } from './run-command.ts'

/** kmod and the libraries that it is linked with. */
const PACKAGES = ['kmod', 'libkmod2', 'libc6', 'libssl3t64', 'liblzma5', 'libzstd1', 'zlib1g']
const DYNAMIC_LOADER: Record<Architecture, string> = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }
const LIBRARY_FOLDER: Record<Architecture, string> = { x64: 'usr/lib/x86_64-linux-gnu', arm64: 'usr/lib/aarch64-linux-gnu' }

export type RunDepmod = (baseFolder: string, kernelRelease: string) => Promise<void>

/** depmod reads modules of any processor, but must itself run on this machine's: its packages come from this machine's lock file. */
export async function prepareDepmod(options: {
  readonly mirror: string
  readonly cacheDir: string
  readonly workDir: string
  /** Packages of the build itself, used when it is for this machine's processor. */
  readonly own: { readonly architecture: Architecture; readonly packages: readonly LockedPackage[] }
}): Promise<RunDepmod> {
  const host = hostArchitecture()
  const packages = host === options.own.architecture ? options.own.packages : ((await readLock(host))?.system ?? [])
  const wanted = packages.filter(({ name }) => PACKAGES.includes(name))
  const folder = join(options.workDir, 'depmod')
  await fetchArchives(wanted, options)
  await unpackArchives(wanted, options.cacheDir, folder)
  const libraries = join(folder, LIBRARY_FOLDER[host])
  const loader = await findLoader(folder, DYNAMIC_LOADER[host])
  const program = [loader, '--argv0', 'depmod', '--library-path', libraries, join(folder, 'usr/bin/kmod')] as const
  return async (baseFolder, kernelRelease) => {
    const [command, ...args] = program
    await runCommand(command, [...args, '--basedir', baseFolder, kernelRelease])
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
  throw new AppError('BOOT_OS_FILE_MISSING', `libc6 holds no ${name}`, 'Correct DYNAMIC_LOADER in boot/locked-depmod.ts.')
}
