// Where a path inside an image lies in the boot OS. Touches the filesystem: it follows the image's own symbolic links.
import { lstat, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { AppError } from '../../contract/errors.ts'

const MAX_LINKS = 40

/**
 * Follows links as the image itself would, once it runs: /lib -> /usr/lib means the image's /usr/lib, never the boot OS's.
 * Parts that do not exist are kept as they are, so the result may be created.
 */
export async function pathInside(root: string, path: string): Promise<string> {
  let left = segments(path)
  let resolved: string[] = []
  for (let links = 0; left.length > 0; ) {
    const [segment = '', ...rest] = left
    left = rest
    if (segment === '..') {
      resolved = resolved.slice(0, -1)
      continue
    }
    const target = await linkTarget(join(root, ...resolved, segment))
    if (target === undefined) {
      resolved = [...resolved, segment]
      continue
    }
    if (++links > MAX_LINKS) throw tooManyLinks(path)
    left = [...segments(target), ...left]
    if (posix.isAbsolute(target)) resolved = []
  }
  return join(root, ...resolved)
}

const segments = (path: string): string[] => path.split('/').filter((segment) => segment !== '' && segment !== '.')

async function linkTarget(path: string): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined)
  return stat?.isSymbolicLink() ? readlink(path) : undefined
}

function tooManyLinks(path: string): AppError {
  return new AppError(
    'AGENT_PATH_INVALID',
    `${path} leads through more than ${MAX_LINKS} symbolic links`,
    'Look for a link that leads to itself.',
  )
}
