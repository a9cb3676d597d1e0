// A filesystem of an image, mounted so that nothing of it is written, run or believed. Starts mount and umount; needs root.
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContentKind } from '../../contract/image.ts'
import type { Run } from '../machine.ts'
import type { LoopResult } from './loop-device.ts'
import { release } from './release.ts'
import { superviseCommand } from './run-command.ts'

const SAFE = 'ro,nosuid,nodev,noexec'

/** Without replaying a journal, which the read-only device would refuse. */
const OPTIONS: Partial<Record<ContentKind, string>> = {
  ext: `${SAFE},noload`,
  xfs: `${SAFE},norecovery,nouuid`,
  btrfs: `${SAFE},rescue=nologreplay`,
  fat: SAFE,
  exfat: SAFE,
  ntfs: SAFE,
  f2fs: `${SAFE},norecovery`,
}

/** unavailable: it holds no files, or this kernel cannot mount it. */
export async function withReadOnlyMount<T>(
  devicePath: string,
  content: ContentKind,
  run: Run,
  work: (directory: string) => Promise<T>,
): Promise<LoopResult<T>> {
  const options = OPTIONS[content]
  if (options === undefined) return { kind: 'unavailable', reason: `${content} holds no files that can be looked at` }
  const directory = await mkdtemp(join(tmpdir(), 'platen-look-'))
  try {
    const { exitCode, problem, lastLines } = await superviseCommand('mount', ['-o', options, devicePath, directory], run)
    if (exitCode !== 0) return { kind: 'unavailable', reason: `this system cannot mount it: ${problem ?? lastLines.join(' ')}` }
    try {
      return { kind: 'done', result: await work(directory) }
    } finally {
      await release('umount', [directory])
    }
  } finally {
    // One that is still mounted stays: why it could not be unmounted is what has to be told.
    await rmdir(directory).catch(() => undefined)
  }
}
