// A folder or a .deb on disk -> a record whose files are kept, or its problems. Whatever lies there costs this item, nothing else.
// Touches the folder and the kept files.
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Package } from '../../contract/package.ts'
import type { FileRef } from '../../contract/steps.ts'
import { type OpenedInside, openInside } from '../files/open-inside.ts'
import type { LineProblem } from '../files/parse-yaml.ts'
import { makeRecord, type PackageRecord } from './package-record.ts'
import { filesOf, PACKAGE_FILE, parsePackage } from './parse-package.ts'
import { readDeb } from './read-deb.ts'

export interface LoadedFrom {
  /** The files whose change means that it must be loaded again. */
  readonly watched: readonly string[]
}

export type LoadedPackage =
  | (LoadedFrom & { readonly kind: 'good'; readonly record: PackageRecord })
  | (LoadedFrom & { readonly kind: 'bad'; readonly problems: readonly LineProblem[] })

/** Keeps the bytes of a file under its digest. */
export interface FileKeeper {
  keep(source: FileHandle, path: string): Promise<FileRef>
}

const MOST_YAML_BYTES = 1024 * 1024

/** Neither throws for what lies there; of a disk that is full it does not say more than that it cannot be loaded. */
export async function loadFolder(folder: string, keeper: FileKeeper, now: string): Promise<LoadedPackage> {
  const watched = [join(folder, PACKAGE_FILE)]
  return caught(watched, async () => {
    const text = await readText(folder)
    if (text.kind === 'refused') return bad(watched, [{ reason: `${PACKAGE_FILE} ${text.reason}` }])
    const parsed = parsePackage(text.text)
    if (parsed.kind === 'bad') return bad(watched, parsed.problems)
    const files = new Map<string, FileRef>()
    const problems: LineProblem[] = []
    for (const { file, path } of filesOf(parsed.value)) {
      if (files.has(file)) continue
      watched.push(join(folder, file))
      const opened = await openInside(folder, file)
      if (opened.kind === 'file') files.set(file, await keepAndClose(keeper, opened.handle, file))
      else problems.push({ line: parsed.lineOf(path)!, reason: whyNot(file, opened) })
    }
    if (problems.length > 0) return bad(watched, problems)
    return { kind: 'good', record: makeRecord('folder', parsed.value, files, now), watched }
  })
}

export async function loadDeb(path: string, keeper: FileKeeper, now: string): Promise<LoadedPackage> {
  const watched = [path]
  return caught(watched, async () => {
    const opened = await openInside(dirname(path), basename(path))
    if (opened.kind !== 'file') return bad(watched, [{ reason: whyNot('it', opened) }])
    const { handle } = opened
    try {
      const read = await readDeb(handle)
      if (read.kind === 'bad') return bad(watched, [{ reason: `this .deb ${read.reason}` }])
      const name = debName(read.description)
      const file = await keeper.keep(handle, name)
      return { kind: 'good', record: makeRecord('deb', read.description, new Map([[name, file]]), now), watched }
    } finally {
      await handle.close()
    }
  })
}

/** The same .deb under another name is the same package. */
const debName = ({ name, version }: Package): string => `${name}_${version.replace(/^\d+:/, '')}.deb`

function bad(watched: readonly string[], problems: readonly LineProblem[]): LoadedPackage {
  return { kind: 'bad', problems, watched }
}

async function caught(watched: readonly string[], load: () => Promise<LoadedPackage>): Promise<LoadedPackage> {
  try {
    return await load()
  } catch (error) {
    // A text that the parser cannot bear, a disk that is full: the next look tries again.
    return bad(watched, [{ reason: `cannot be loaded: ${error instanceof Error ? error.message : String(error)}` }])
  }
}

type Read = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'refused'; readonly reason: string }

async function readText(folder: string): Promise<Read> {
  const opened = await openInside(folder, PACKAGE_FILE)
  if (opened.kind === 'missing') return { kind: 'refused', reason: 'is not there' }
  if (opened.kind === 'refused') return opened
  try {
    const { size } = await opened.handle.stat()
    if (size > MOST_YAML_BYTES) return { kind: 'refused', reason: `has ${size} bytes, and ${MOST_YAML_BYTES} are the most` }
    return { kind: 'text', text: await opened.handle.readFile('utf8') }
  } finally {
    await opened.handle.close()
  }
}

async function keepAndClose(keeper: FileKeeper, handle: FileHandle, path: string): Promise<FileRef> {
  try {
    return await keeper.keep(handle, path)
  } finally {
    await handle.close()
  }
}

function whyNot(file: string, opened: Exclude<OpenedInside, { kind: 'file' }>): string {
  return opened.kind === 'missing' ? `there is no file ${file} in the folder` : `${file} ${opened.reason}`
}
