// The files of a filesystem by their paths. Pure, but for what it keeps. Links are followed inside the filesystem only, as it would itself.
import { AppError } from '../../contract/errors.ts'
import type { FileEntry } from './listing.ts'

const MAX_LINKS = 40
/** More than any root has; a filesystem that was made to fill the memory is refused. */
export const MAX_ENTRIES = 2_000_000

const ROOT: FileEntry = { path: '', kind: 'folder', sizeBytes: 0 }

export class FileTree {
  readonly #keyOf: (path: string) => string
  readonly #entries = new Map<string, FileEntry>([['', ROOT]])
  /** Keys of folders -> keys of what is in them. */
  readonly #children = new Map<string, string[]>()

  /** isCaseless: FAT and NTFS know no difference between a and A. */
  constructor({ isCaseless = false }: { readonly isCaseless?: boolean } = {}) {
    this.#keyOf = isCaseless ? (path) => path.toLowerCase() : (path) => path
  }

  add(entry: FileEntry): void {
    if (this.#entries.size >= MAX_ENTRIES) throw tooMany()
    const key = this.#keyOf(entry.path)
    const segments = key.split('/')
    // Names that are no names on any system are not shown.
    if (segments.some((segment) => segment === '' || segment === '.' || segment === '..') || this.#entries.has(key)) return
    this.#entries.set(key, entry)
    const parent = segments.slice(0, -1).join('/')
    const siblings = this.#children.get(parent)
    if (siblings === undefined) this.#children.set(parent, [key])
    else siblings.push(key)
  }

  /** The entry that a path means, links on the way followed, and at its end, too. Throws IMAGE_FILE_NOT_FOUND. */
  find(path: string): FileEntry {
    let left = this.#keyOf(path).split('/')
    let at: readonly string[] = []
    for (let links = 0; left.length > 0; ) {
      const [segment = '', ...rest] = left
      left = rest
      if (segment === '' || segment === '.') continue
      if (segment === '..') {
        at = at.slice(0, -1)
        continue
      }
      const next = [...at, segment]
      const entry = this.#entries.get(next.join('/'))
      if (entry === undefined || (left.length > 0 && entry.kind === 'file')) throw notFound(path)
      if (entry.kind !== 'link') {
        at = next
        continue
      }
      const target = this.#keyOf(entry.target ?? '')
      if (++links > MAX_LINKS) throw notFound(path)
      left = [...target.split('/'), ...left]
      if (target.startsWith('/')) at = []
    }
    return this.#entries.get(at.join('/'))!
  }

  /** What is in a folder, by name; of anything else, itself. */
  list(entry: FileEntry): FileEntry[] {
    if (entry.kind !== 'folder') return [entry]
    const children = (this.#children.get(this.#keyOf(entry.path)) ?? []).map((child) => this.#entries.get(child)!)
    return children.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
}

function notFound(path: string): AppError {
  return new AppError(
    'IMAGE_FILE_NOT_FOUND',
    `there is no ${path} in this filesystem`,
    'List a folder with `platen image files IMAGE FOLDER`.',
  )
}

function tooMany(): AppError {
  return new AppError(
    'IMAGE_FILESYSTEM_UNREAD',
    `the filesystem has more than ${MAX_ENTRIES} files`,
    'Read it with another program: `platen image nbd` offers the disk to any that speaks NBD.',
  )
}
