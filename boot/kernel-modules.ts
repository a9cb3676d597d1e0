// Chooses kernel modules and the firmware they ask for, and unpacks them. Touches the unpacked kernel's folder and xz.
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { LockedTools } from './locked-tools.ts'
import { MODULE_FOLDERS, MODULES_LEFT_OUT } from './recipe.ts'
import { runCommand } from './run-command.ts'

export interface KernelModules {
  readonly release: string
  /** Holds usr/lib/modules/<release> with the chosen modules and their indexes. */
  readonly folder: string
  readonly count: number
}

/** kernelFolder is where the kernel's packages were unpacked. more: names of modules, or folders and files below kernel/. */
export async function chooseModules(
  kernelFolder: string,
  targetFolder: string,
  tools: LockedTools,
  more: readonly string[] = [],
): Promise<KernelModules> {
  const release = await kernelRelease(kernelFolder)
  const source = join(kernelFolder, 'usr/lib/modules', release)
  const target = join(targetFolder, 'usr/lib/modules', release)
  await linkModules(kernelFolder)
  await tools.run('depmod', ['--basedir', kernelFolder, release])
  const chosen = selectModules(parseModulesDep(await readFile(join(source, 'modules.dep'), 'utf8')), more)
  for (const path of chosen) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await cp(join(source, path), join(target, path))
  }
  for (const name of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    await cp(join(source, name), join(target, name))
  await unpackModules(target, chosen)
  await linkModules(targetFolder)
  await tools.run('depmod', ['--basedir', targetFolder, release])
  return { release, folder: targetFolder, count: chosen.length }
}

/** Module path -> paths of the modules that it needs, all below usr/lib/modules/<release>. Pure. */
export function parseModulesDep(text: string): Map<string, readonly string[]> {
  const lines = text.split('\n').filter((line) => line.includes(':'))
  return new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')),
      line
        .slice(line.indexOf(':') + 1)
        .split(' ')
        .filter(Boolean),
    ]),
  )
}

/** The recipe's modules and all that they need, sorted. depmod lists the needed ones already closed. Pure. */
export function selectModules(dependencies: ReadonlyMap<string, readonly string[]>, more: readonly string[] = []): string[] {
  const chosen = new Set<string>()
  const unmet = new Set(more)
  for (const [path, needed] of dependencies) {
    const asked = more.filter((each) => isAsked(path, each))
    for (const each of asked) unmet.delete(each)
    if (asked.length > 0 || isInRecipe(path)) for (const member of [path, ...needed]) chosen.add(member)
  }
  if (unmet.size > 0) throw unknownModules([...unmet])
  return [...chosen].sort()
}

function isInRecipe(path: string): boolean {
  const place = path.replace(/^kernel\//, '')
  return MODULE_FOLDERS.some((prefix) => place.startsWith(prefix)) && !MODULES_LEFT_OUT.some((prefix) => place.startsWith(prefix))
}

/** A word with a slash is the beginning of a path below kernel/, one without the name of a module: - and _ are the same in it. */
function isAsked(path: string, word: string): boolean {
  if (word.includes('/')) return path.replace(/^kernel\//, '').startsWith(word)
  const name = basename(path).replace(/\.ko(\.xz)?$/, '')
  return name.replaceAll('-', '_') === word.replaceAll('-', '_')
}

function unknownModules(names: readonly string[]): AppError {
  return new AppError(
    'BOOT_ADDITIONS_INVALID',
    `the kernel's packages hold no module ${names.join(', ')}`,
    'Name modules as `modinfo` does, or folders below kernel/ as drivers/infiniband/.',
  )
}

/** The modules of these names and all that they need, in the order in which they have to be loaded: depmod lists the needed ones last first. Pure. */
export function loadOrder(dependencies: ReadonlyMap<string, readonly string[]>, names: readonly string[]): string[] {
  const ordered = names.flatMap((name) => {
    const path = [...dependencies.keys()].find((candidate) => basename(candidate) === `${name}.ko`)
    if (path === undefined) throw moduleMissing(name)
    return [...dependencies.get(path)!.toReversed(), path]
  })
  return [...new Set(ordered)]
}

/** Content of the modules of these names and of all that they need, in the order in which they have to be loaded. */
export async function readModules({ folder, release }: KernelModules, names: readonly string[]): Promise<Buffer[]> {
  const base = join(folder, 'usr/lib/modules', release)
  const dependencies = parseModulesDep(await readFile(join(base, 'modules.dep'), 'utf8'))
  return await Promise.all(loadOrder(dependencies, names).map((path) => readFile(join(base, path))))
}

function moduleMissing(name: string): AppError {
  return new AppError(
    'BOOT_OS_FILE_MISSING',
    `the kernel's packages hold no module ${name}`,
    'Correct the modules of the first init in boot/system-tree.ts.',
  )
}

async function kernelRelease(kernelFolder: string): Promise<string> {
  const releases = await readdir(join(kernelFolder, 'usr/lib/modules'))
  return releases.sort()[0]!
}

/** Uncompressed inside the archive: the archive's own compression is better, and loading is faster. */
async function unpackModules(target: string, paths: readonly string[]): Promise<void> {
  const packed = paths.filter((path) => path.endsWith('.xz'))
  if (packed.length > 0) await runCommand('xz', ['--decompress', '--', ...packed], target)
  const order = join(target, 'modules.order')
  await writeFile(order, (await readFile(order, 'utf8')).replaceAll('.ko.xz', '.ko'))
}

/** depmod looks into <base>/lib/modules. */
async function linkModules(baseFolder: string): Promise<void> {
  await symlink('usr/lib', join(baseFolder, 'lib'))
}
