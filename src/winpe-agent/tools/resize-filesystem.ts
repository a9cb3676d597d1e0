// Lets a filesystem fill its partition. Starts e2fsck, resize2fs, ntfsresize, xfs_growfs, btrfs; writes to the partition.
import { AppError } from '../../contract/errors.ts'
import type { GrowableContent } from '../../imaging/grow-plan.ts'
import type { Run } from '../machine.ts'
import { whileMounted } from './mounted.ts'
import { runCommand, superviseCommand } from './run-command.ts'

/** e2fsck(8): 1 says that it mended something, which is as good as nothing to mend. */
const E2FSCK_GOOD = [0, 1]

export async function growFilesystem(partitionPath: string, content: GrowableContent, run: Run): Promise<void> {
  const { signal } = run
  switch (content) {
    case 'ext':
      // resize2fs refuses a filesystem that was mounted after its last full check.
      await checkExt(partitionPath, run)
      await runCommand('resize2fs', [partitionPath], { signal })
      return
    case 'ntfs':
      // The second --force also answers its question. It marks the volume, so that Windows checks it when it starts.
      await runCommand('ntfsresize', ['--force', '--force', '--no-progress-bar', partitionPath], { signal })
      return
    case 'xfs':
      await whileMounted(partitionPath, content, 'write', run, (at) => runCommand('xfs_growfs', ['-d', at], { signal }))
      return
    case 'btrfs':
      await whileMounted(partitionPath, content, 'write', run, (at) =>
        runCommand('btrfs', ['filesystem', 'resize', 'max', at], { signal }),
      )
      return
  }
}

/** Full check; small things are mended. */
export async function checkExt(path: string, { signal }: Run): Promise<void> {
  const { exitCode, problem, lastLines } = await superviseCommand('e2fsck', ['-f', '-p', path], { signal })
  if (exitCode !== undefined && E2FSCK_GOOD.includes(exitCode)) return
  throw new AppError(
    'AGENT_COMMAND_FAILED',
    [`e2fsck finds ${path} damaged: ${problem ?? `exit code ${exitCode}`}`, ...lastLines].join('\n'),
    'The image holds a filesystem with errors: check it on the source with `e2fsck -f`, then capture again.',
  )
}
