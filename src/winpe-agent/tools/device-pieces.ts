// Arrays, volumes and parts of either as devices, for reading: what is asked of programs that know nothing of how they lie. Starts losetup (one
// range), dmsetup (several), mdadm (arrays), and modprobe.
import { access, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CheckDepth } from '../../contract/steps.ts'
import type { DevicePiece, DeviceRecipe } from '../../imaging/spaces.ts'
import type { FilesystemCheck, MappedContent } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { checkFilesystem } from './check-filesystem.ts'
import { release } from './release.ts'
import { runCommand, superviseCommand } from './run-command.ts'

const SECTOR = 512
/** A table of as many lines is read in a moment; one of millions (a large thin volume) would take all of the memory of a small machine. */
const MOST_PIECES = 50_000
/** For what an array writes although it is only read: a superblock and a bitmap a member. A file with holes, in the memory of the boot OS. */
const SHADOW_BYTES = 256 * 1024 * 1024
/** Sectors that are put aside at once. */
const SHADOW_CHUNK = 8
/** Above those that anybody numbers by hand; the kernel names up to 511 of them by number alone. */
const FIRST_ARRAY = 400

/** The check of a filesystem on it. Where it cannot be made a device, there is none. */
export async function checkFilesystemOf(
  device: DeviceRecipe,
  content: MappedContent,
  depth: CheckDepth,
  run: Run,
): Promise<FilesystemCheck> {
  await using made = new AsyncDisposableStack()
  const path = await makeDevice(device, run, made).catch((error: unknown) => {
    run.signal.throwIfAborted()
    return { reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }
  })
  return typeof path === 'string' ? await checkFilesystem(path, content, depth, run) : { kind: 'unchecked', ...path }
}

/** Gives its path. What is made of what goes the other way round. */
async function makeDevice(recipe: DeviceRecipe, run: Run, made: AsyncDisposableStack): Promise<string> {
  switch (recipe.kind) {
    case 'path':
      return recipe.path
    case 'pieces': {
      const { pieces } = recipe
      if (pieces.length > MOST_PIECES) throw new Error(`it lies in ${pieces.length} pieces`)
      const paths = new Map<DeviceRecipe, string>()
      for (const { of } of pieces) if (of !== undefined && !paths.has(of)) paths.set(of, await makeDevice(of, run, made))
      const [first, ...others] = pieces.map(({ of, ...range }) => ({ ...range, path: of && paths.get(of) }))
      if (others.length === 0 && first?.path !== undefined) return loopOf(first.path, first, run, made)
      return mapOf(piecesTable([first!, ...others]), run, made)
    }
    case 'stripes': {
      const { chunkBytes, length, stripes } = recipe
      const places: string[] = []
      for (const { of, offset } of stripes) places.push(`${await makeDevice(of, run, made)} ${offset / SECTOR}`)
      return mapOf(`0 ${length / SECTOR} striped ${places.length} ${chunkBytes / SECTOR} ${places.join(' ')}\n`, run, made)
    }
    case 'array': {
      const paths: string[] = []
      for (const member of recipe.members) paths.push(await makeDevice(member, run, made))
      return arrayOf(paths, run, made)
    }
  }
}

async function loopOf(
  path: string,
  { offset, length }: DevicePiece,
  { signal }: Run,
  made: AsyncDisposableStack,
): Promise<string> {
  return newLoop(['--read-only', '--offset', `${offset}`, '--sizelimit', `${length}`, path], signal, made)
}

async function newLoop(what: readonly string[], signal: AbortSignal, made: AsyncDisposableStack): Promise<string> {
  await load(['loop'], signal)
  const loop = (await runCommand('losetup', ['--find', '--show', ...what], { signal })).trim()
  made.defer(() => release('losetup', ['--detach', loop]))
  return loop
}

let devicesMade = 0

const mapOf = (table: string, run: Run, made: AsyncDisposableStack) => newMap(table, ['--readonly'], run, made)

async function newMap(table: string, how: readonly string[], { signal }: Run, made: AsyncDisposableStack): Promise<string> {
  const name = `platen-${process.pid}-${++devicesMade}`
  await load(['dm_mod'], signal)
  await runCommand('dmsetup', ['create', ...how, '--noudevsync', name], { signal, input: table })
  made.defer(async () => {
    await runCommand('dmsetup', ['remove', '--retry', '--noudevsync', name], { signal: AbortSignal.timeout(60_000) })
  })
  // The kernel makes this node itself; that of its name is udev's, which the boot OS has not.
  const minor = await runCommand('dmsetup', ['info', '--columns', '--noheadings', '--options', 'minor', name], { signal })
  const path = `/dev/dm-${minor.trim()}`
  await access(path)
  return path
}

/**
 * An array that is started read-only makes nothing equal and writes no superblock, but the header of its bitmap it writes all the same; where
 * it cannot, it throws its members out. So it gets members that keep what is written to themselves.
 */
async function arrayOf(paths: readonly string[], run: Run, made: AsyncDisposableStack): Promise<string> {
  const { signal } = run
  const members: string[] = []
  for (const path of paths) members.push(await shadowOf(path, run, made))
  await load(['md_mod', 'raid0', 'raid1', 'raid10', 'raid456'], signal)
  const path = `/dev/md${FIRST_ARRAY + (devicesMade++ % 100)}`
  const how = ['--readonly', '--run', '--config=none', '--homehost=<ignore>']
  await runCommand('mdadm', ['--assemble', ...how, path, ...members], { signal, environment: { MDADM_NO_UDEV: '1' } })
  made.defer(() => release('mdadm', ['--stop', path]))
  return path
}

/** A device that reads as the other one does and may be written: what is written goes into a file that is gone with it (dmsetup: snapshot). */
async function shadowOf(path: string, run: Run, made: AsyncDisposableStack): Promise<string> {
  const { signal } = run
  await load(['dm_snapshot'], signal)
  const sectors = Number(await runCommand('blockdev', ['--getsz', path], { signal }))
  const folder = await mkdtemp(join(tmpdir(), 'platen-shadow-'))
  made.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'written')
  await using created = await open(file, 'wx')
  await created.truncate(SHADOW_BYTES)
  const written = await newLoop([file], signal, made)
  return newMap(`0 ${sectors} snapshot ${path} ${written} N ${SHADOW_CHUNK}\n`, [], run, made)
}

/** The boot OS has no udev that would load them when a device is opened. Where they are built in there are no modules. */
async function load(modules: readonly string[], signal: AbortSignal): Promise<void> {
  for (const module of modules) await superviseCommand('modprobe', ['--quiet', module], { signal })
}

/** One line a piece: where it begins in the whole, its length, and where it stands (dmsetup(8), targets linear and zero). */
export function piecesTable(
  pieces: readonly { readonly path?: string | undefined; readonly offset: number; readonly length: number }[],
): string {
  let start = 0
  const lines = pieces.map(({ path, offset, length }) => {
    const place = path === undefined ? 'zero' : `linear ${path} ${offset / SECTOR}`
    const line = `${start / SECTOR} ${length / SECTOR} ${place}`
    start += length
    return line
  })
  return `${lines.join('\n')}\n`
}
