// Says no to a filesystem that is not clean, and how to make it so. Pure.
import { AppError } from '../../contract/errors.ts'
import type { ContentKind } from '../../contract/image.ts'

const WINDOWS_HINT =
  'Start Windows and let it check the volume (`chkdsk /f`), shut it down with `shutdown /s /t 0` (not hibernate; `powercfg /h off`' +
  ' switches fast start-up off), then capture again.'
const OTHERS_HINT =
  'Shut the system on that disk down cleanly, or mount and unmount the filesystem once, or check it (e2fsck -f, xfs_repair, btrfs check), then capture again.'

export function uncleanContent(partitionPath: string, content: ContentKind, reason: string): AppError {
  return new AppError(
    'IMAGE_CONTENT_UNCLEAN',
    `${partitionPath} (${content}) is not in a state in which it can be copied: ${reason}`,
    content === 'ntfs' ? WINDOWS_HINT : OTHERS_HINT,
  )
}
