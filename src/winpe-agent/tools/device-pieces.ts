// Ranges of a device as a device of their own, for reading. Starts losetup (one range) or dmsetup (several), and modprobe.

import type { CheckDepth } from '../../contract/steps.ts'
import type { Extent } from '../../imaging/extents.ts'
import type { FilesystemCheck, MappedContent } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { checkFilesystem } from './check-filesystem.ts'
import { release } from './release.ts'
import { runCommand, superviseCommand } from './run-command.ts'

const SECTOR = 512

/** The check of a filesystem that lies in these ranges, in this order. Where they cannot be made a device, there is none. */
export async function checkFilesystemOfPieces(
  devicePath: string,
  pieces: readonly Extent[],
  content: MappedContent,
  depth: CheckDepth,
  run: Run,
): Promise<FilesystemCheck> {
  const made = await (pieces.length === 1 ? loopOf(devicePath, pieces[0]!, run) : mapOf(devicePath, pieces, run)).catch(
    (error: unknown) => {
      run.signal.throwIfAborted()
      return { reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }
    },
  )
  if ('reason' in made) return { kind: 'unchecked', reason: made.reason }
  try {
    return await checkFilesystem(made.path, content, depth, run)
  } finally {
    await made.release()
  }
}

interface Pieces {
  readonly path: string
  release(): Promise<unknown>
}

async function loopOf(devicePath: string, { offset, length }: Extent, { signal }: Run): Promise<Pieces> {
  await load('loop', signal)
  const range = ['--offset', `${offset}`, '--sizelimit', `${length}`]
  const path = (await runCommand('losetup', ['--find', '--show', '--read-only', ...range, devicePath], { signal })).trim()
  return { path, release: () => release('losetup', ['--detach', path]) }
}

let mapsMade = 0

async function mapOf(devicePath: string, pieces: readonly Extent[], { signal }: Run): Promise<Pieces> {
  const name = `platen-${process.pid}-${++mapsMade}`
  await load('dm_mod', signal)
  await runCommand('dmsetup', ['create', '--readonly', '--noudevsync', name], { signal, input: linearTable(devicePath, pieces) })
  const removed = () =>
    runCommand('dmsetup', ['remove', '--retry', '--noudevsync', name], { signal: AbortSignal.timeout(60_000) })
  return { path: `/dev/mapper/${name}`, release: removed }
}

/** The boot OS has no udev that would load it when its device is opened. Where it is built in there is no module. */
async function load(module: string, signal: AbortSignal): Promise<void> {
  await superviseCommand('modprobe', ['--quiet', module], { signal })
}

/** One line a piece: where it begins in the whole, its length, and where it stands (dmsetup(8), target linear). */
export function linearTable(devicePath: string, pieces: readonly Extent[]): string {
  let start = 0
  const lines = pieces.map(({ offset, length }) => {
    const line = `${start / SECTOR} ${length / SECTOR} linear ${devicePath} ${offset / SECTOR}`
    start += length
    return line
  })
  return `${lines.join('\n')}\n`
}
