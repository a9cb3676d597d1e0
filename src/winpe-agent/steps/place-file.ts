// One file at a place of a mounted root: by a temporary name and a rename, so that what stood at that name, a link included, is replaced and never
// written through. Touches the root.
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { posix } from 'node:path'
import type { ConfigurationText } from '../../contract/configuration.ts'
import { AppError } from '../../contract/errors.ts'
import { pathInside } from './inside.ts'

export interface PlacedFile {
  readonly to: string
  /** Octal. Left out: 0644. */
  readonly mode?: string
  /** User and group by number. Left out: who runs this. */
  readonly owner?: string
  readonly content: Uint8Array | string
}

/** Throws AGENT_PATH_INVALID. */
export async function placeFile(root: string, { to, mode = '0644', owner, content }: PlacedFile): Promise<void> {
  const name = posix.basename(to)
  if (to.endsWith('/') || ['', '.', '..'].includes(name))
    throw invalid(`"${to}" names no file`, 'Give the whole path that the file gets in the image.')
  if (!/^[0-7]{3,4}$/.test(mode)) throw invalid(`the mode "${mode}" of ${to} is not octal`, 'Write it as in `mode: "0755"`.')
  const directory = await pathInside(root, posix.dirname(to))
  const path = posix.join(directory, name)
  const there = await lstat(path).catch(() => undefined)
  if (there?.isDirectory()) throw invalid(`${to} is a folder in the image`, 'Give the file another place.')
  await mkdir(directory, { recursive: true })
  await writeFile(`${path}.platen-new`, content)
  const [user, group] = (owner ?? '').split(':').map(Number)
  if (owner !== undefined) await chown(`${path}.platen-new`, user!, group!)
  await chmod(`${path}.platen-new`, Number.parseInt(mode, 8))
  await rename(`${path}.platen-new`, path)
}

export interface ReadBack {
  readonly to: string
  readonly digest: string
}

/** Files of a function. Gives what lies there then, read back. May be repeated. */
export async function writeConfiguration(
  root: string,
  texts: readonly ConfigurationText[],
  log: (line: string) => void,
): Promise<ReadBack[]> {
  const found: ReadBack[] = []
  for (const { text, owner = '0:0', ...place } of texts) {
    await placeFile(root, { ...place, owner, content: text })
    const bytes = await readFile(await pathInside(root, place.to))
    const digest = createHash('sha256').update(bytes).digest('hex')
    log(`wrote ${place.to}, ${bytes.length} bytes`)
    found.push({ to: place.to, digest })
  }
  return found
}

function invalid(message: string, hint: string): AppError {
  return new AppError('AGENT_PATH_INVALID', message, hint)
}
