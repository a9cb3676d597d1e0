// Used blocks of a filesystem, as partclone tells them. Starts partclone; only reads.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppError } from '../../contract/errors.ts'
import { parseDomainMap } from '../../imaging/domain-map.ts'
import type { Extent } from '../../imaging/extents.ts'
import type { MappedContent } from '../imaging/imaging-tools.ts'
import { uncleanContent } from '../imaging/unclean-content.ts'
import type { Run } from '../machine.ts'
import { superviseCommand } from './run-command.ts'
import { uncleanFilesystem } from './unclean-filesystem.ts'

const PROGRAM: Record<MappedContent, string> = {
  ext: 'partclone.extfs',
  fat: 'partclone.fat',
  xfs: 'partclone.xfs',
  btrfs: 'partclone.btrfs',
  exfat: 'partclone.exfat',
  ntfs: 'partclone.ntfs',
  f2fs: 'partclone.f2fs',
}

export async function usedExtents(partitionPath: string, content: MappedContent, run: Run): Promise<Extent[]> {
  const unclean = await uncleanFilesystem(partitionPath, content, run)
  if (unclean !== undefined) throw uncleanContent(partitionPath, content, unclean)
  const { signal } = run
  const directory = await mkdtemp(join(tmpdir(), 'platen-map-'))
  const map = join(directory, 'map')
  try {
    // -f 0: it ends only when its progress display wakes up, every two seconds if nothing is said. Without -F or -I: an unclean
    // filesystem is refused.
    const args = ['-D', '-s', partitionPath, '-O', map, '-L', join(directory, 'log'), '-q', '-B', '-f', '0']
    const { exitCode, problem, lastLines } = await superviseCommand(PROGRAM[content], args, { signal })
    if (exitCode !== 0) throw refused(partitionPath, content, problem ?? `exit code ${exitCode}`, lastLines)
    return parseDomainMap(await readFile(map, 'utf8'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function refused(partitionPath: string, content: MappedContent, how: string, lines: readonly string[]): AppError {
  const said = lines.map((line) => line.replace(/.*\r/, '').trim()).filter((line) => line !== '')
  const reason = [`${PROGRAM[content]} cannot tell its used blocks: ${how}`, ...said.slice(-6)].join('\n')
  return uncleanContent(partitionPath, content, reason)
}
