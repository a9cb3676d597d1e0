// Opens a file that people dropped into a folder, and nothing else: a regular file whose real place is inside. What a link leads to outside
// of the folder is not theirs to give away. Touches the file system.
import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'

export type OpenedInside =
  | { readonly kind: 'file'; readonly handle: FileHandle }
  /** missing: nothing is there. Else why it is not taken, as a sentence's end. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Neither a pipe nor a device may keep whoever opens it waiting, nor become its terminal. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** The caller closes the handle. Where it really lies is asked of the open file, so that nobody can put another in its place meanwhile. */
export async function openInside(folder: string, relative: string): Promise<OpenedInside> {
  const handle = await open(join(folder, relative), FLAGS).catch((error: NodeJS.ErrnoException) => error)
  if (handle instanceof Error) return whyNot(handle)
  const refused = await refusalOf(folder, handle).catch((error: NodeJS.ErrnoException) => `cannot be read: ${error.code}`)
  if (refused === undefined) return { kind: 'file', handle }
  await handle.close()
  return { kind: 'refused', reason: refused }
}

/** Under which other programs and calls reach the open file, whatever happens to its name. */
export function pathOfHandle(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`
}

async function refusalOf(folder: string, handle: FileHandle): Promise<string | undefined> {
  if (!(await handle.stat()).isFile()) return 'is not a regular file'
  const [root, real] = await Promise.all([realpath(folder), readlink(pathOfHandle(handle))])
  return real.startsWith(root + sep) ? undefined : 'lies outside of the folder'
}

function whyNot(error: NodeJS.ErrnoException): OpenedInside {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'missing' }
    case 'ELOOP':
      return { kind: 'refused', reason: 'is a link; links are not followed: put the file itself there' }
    case 'ENXIO':
      return { kind: 'refused', reason: 'is not a regular file' }
    default:
      return { kind: 'refused', reason: `cannot be read: ${error.code ?? error.message}` }
  }
}
