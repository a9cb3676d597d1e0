// Finds a file that a machine asked for, however it spelled the path, and never outside its folder. Reads the file system.
import { lstat, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'

export type ServedFile =
  | { readonly kind: 'file'; readonly path: string; readonly sizeBytes: number; readonly modifiedMs: number }
  | { readonly kind: 'refused'; readonly reason: 'not-found' | 'outside' }

/** Firmware sends //ipxe.efi, \boot\ipxe.efi, ./ipxe.efi and ipxe.efi for the same file. undefined: it tries to climb out. */
export function normalisePath(spelled: string): string | undefined {
  const parts = spelled
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  if (parts.length === 0 || parts.some((part) => part === '..' || part.includes('\0'))) return undefined
  return parts.join('/')
}

export async function findServedFile(root: string, spelled: string): Promise<ServedFile> {
  const relative = normalisePath(spelled)
  if (relative === undefined) return { kind: 'refused', reason: 'outside' }
  try {
    const [folder, path] = await Promise.all([realpath(root), realpath(join(root, relative))])
    // Links may point to a neighbour inside the folder, nowhere else.
    if (!path.startsWith(folder + sep)) return { kind: 'refused', reason: 'outside' }
    const found = await lstat(path)
    if (!found.isFile()) return { kind: 'refused', reason: 'not-found' }
    return { kind: 'file', path, sizeBytes: found.size, modifiedMs: found.mtimeMs }
  } catch {
    return { kind: 'refused', reason: 'not-found' }
  }
}
