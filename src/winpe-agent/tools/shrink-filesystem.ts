// Makes an ext filesystem in a file smaller. Starts e2fsck and resize2fs; writes to the file.
import { truncate } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { formatBytes } from '../../imaging/plan-text.ts'
import type { Run } from '../machine.ts'
import { checkExt } from './resize-filesystem.ts'
import { superviseCommand } from './run-command.ts'

export async function shrinkFilesystem(path: string, toBytes: number, run: Run): Promise<void> {
  await checkExt(path, run)
  const { exitCode, lastLines } = await superviseCommand('resize2fs', [path, `${toBytes / 1024}K`], { signal: run.signal })
  if (exitCode !== 0) throw await doesNotFit(path, toBytes, lastLines, run)
  await truncate(path, toBytes)
  await checkExt(path, run)
}

async function doesNotFit(path: string, toBytes: number, lines: readonly string[], { signal }: Run): Promise<AppError> {
  const { output } = await superviseCommand('resize2fs', ['-P', path], { signal })
  const blocks = output.map((line) => /minimum size[^:]*: (\d+)/.exec(line)?.[1]).find((count) => count !== undefined)
  const least = blocks === undefined ? '' : `; resize2fs estimates that it needs ${blocks} of its blocks`
  return new AppError(
    'IMAGE_DOES_NOT_FIT',
    [`the filesystem cannot be made as small as ${toBytes} bytes (${formatBytes(toBytes)})${least}`, ...lines].join('\n'),
    'Choose a larger disk, or build the image with smaller partitions.',
  )
}
