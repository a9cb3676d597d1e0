// A script, or a folder with scripts, as the files of a job. Reads them.
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../contract/errors.ts'

export interface LocalRunFile {
  readonly path: string
  readonly isScript: boolean
  readonly bytes: Uint8Array
}

const NAME = /^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*$/

/** A file is the script. Of a folder: what lies directly in it and is executable or begins with #! is run, in the order of names; all else lies beside. */
export async function runFilesOf(path: string): Promise<LocalRunFile[]> {
  const found = await stat(path).catch((error: Error) => {
    throw wrong(`${path} cannot be read: ${error.message}`)
  })
  if (!found.isDirectory()) return [{ path: nameOf(basename(path)), isScript: true, bytes: await readFile(path) }]
  const files: LocalRunFile[] = []
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() || entry.name.startsWith('.')) continue
    const full = join(entry.parentPath, entry.name)
    if (!entry.isFile()) throw wrong(`${full} is no file`)
    const inside = full.slice(path.replace(/\/+$/, '').length + 1)
    if (inside.split('/').some((part) => part.startsWith('.'))) continue
    inside.split('/').forEach(nameOf)
    const isScript = !inside.includes('/') && (await looksLikeScript(full))
    files.push({ path: inside, isScript, bytes: await readFile(full) })
  }
  if (!files.some(({ isScript }) => isScript)) throw wrong(`nothing in ${path} is executable or begins with #!`)
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function looksLikeScript(path: string): Promise<boolean> {
  await using file = await open(path)
  const { mode } = await file.stat()
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return (mode & 0o100) !== 0 || buffer.toString('latin1') === '#!'
}

function nameOf(name: string): string {
  if (NAME.test(name)) return name
  throw wrong(`"${name}" is no name for a file of a run: letters, digits and . _ @ + - are allowed`)
}

const wrong = (message: string): AppError => new AppError('CLI_USAGE', message, 'Name a script, or a folder with scripts.')
