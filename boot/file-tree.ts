// Turns folders into archive entries and back, with modes that do not depend on who unpacked them. Touches the filesystem.
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { byPath, type CpioEntry } from './cpio.ts'

const DIRECTORY_MODE = 0o755
const PROGRAM_MODE = 0o755
const FILE_MODE = 0o644

/** Everything below folder, sorted; sockets and devices are skipped, there are none in packages. */
export async function readTree(folder: string): Promise<CpioEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const entries: CpioEntry[] = []
  for (const item of found) {
    const full = join(item.parentPath, item.name)
    const path = relative(folder, full)
    if (item.isSymbolicLink()) entries.push({ kind: 'symlink', path, target: await readlink(full) })
    else if (item.isDirectory()) entries.push(directory(path))
    else if (item.isFile()) entries.push(file(path, await readFile(full), ((await stat(full)).mode & 0o111) !== 0))
  }
  return entries.sort(byPath)
}

/** Into a folder that is there and empty. Folders have to come before what is in them. Devices need root and are refused. */
export async function writeTree(entries: readonly CpioEntry[], folder: string): Promise<void> {
  await chmod(folder, DIRECTORY_MODE)
  for (const entry of entries) {
    const path = join(folder, entry.path)
    if (entry.kind === 'symlink') await symlink(entry.target, path)
    else if (entry.kind === 'character-device') throw new Error(`${entry.path} is a device, which only root could make`)
    else {
      if (entry.kind === 'directory') await mkdir(path)
      else await writeFile(path, entry.content)
      // After all: what a new file may not have is this machine's umask.
      await chmod(path, entry.mode)
    }
  }
}

export function directory(path: string): CpioEntry {
  return { kind: 'directory', path, mode: DIRECTORY_MODE }
}

export function file(path: string, content: Uint8Array | string, isProgram = false): CpioEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return { kind: 'file', path, mode: isProgram ? PROGRAM_MODE : FILE_MODE, content: bytes }
}

/** Adds the folders that entries lie in, sorts, and lets a later entry of the same path win. Pure. */
export function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const byName = new Map<string, CpioEntry>()
  for (const entry of entries) {
    const parts = entry.path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/')
      if (!byName.has(parent)) byName.set(parent, directory(parent))
    }
    byName.set(entry.path, entry)
  }
  return [...byName.values()].sort(byPath)
}
