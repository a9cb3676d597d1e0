// What no first sector tells: a hibernated Windows, a log with changes. Starts ntfs-3g.probe and xfs_logprint; only reads.
import { ntfsUnclean } from '../../imaging/filesystems/ntfs.ts'
import type { MappedContent } from '../imaging/imaging-tools.ts'
import type { Run } from '../machine.ts'
import { superviseCommand } from './run-command.ts'
import { withVolume } from './used-extents.ts'

/** ntfs-3g.probe(8) */
const NTFS_PROBLEMS: Readonly<Record<number, string>> = {
  14: 'Windows is hibernated in it, or was shut down with fast start-up',
  15: 'it was not unmounted cleanly',
}

/** undefined: its used blocks can be told. */
export async function uncleanFilesystem(path: string, content: MappedContent, { signal }: Run): Promise<string | undefined> {
  if (content === 'ntfs') {
    const { exitCode } = await superviseCommand('ntfs-3g.probe', ['--readwrite', path], { signal })
    return NTFS_PROBLEMS[exitCode ?? 0] ?? withVolume(path, ntfsUnclean)
  }
  if (content === 'xfs') {
    const { output } = await superviseCommand('xfs_logprint', ['-t', path], { signal })
    return output.some((line) => line.includes('state: <DIRTY>')) ? 'its log holds changes that are not yet in place' : undefined
  }
  return undefined
}
