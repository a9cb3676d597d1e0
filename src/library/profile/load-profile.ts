// A folder on disk -> a revision whose files are kept, or its problems. Whatever lies in the folder costs this profile, nothing else.
// Touches the folder and the file store.
import type { FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Profile } from '../../contract/profile.ts'
import type { FileRef } from '../../contract/steps.ts'
import { openInside } from '../files/open-inside.ts'
import type { ProfileFileStore } from './file-store.ts'
import { PROFILE_FILE, type ProfileProblem, parseProfile } from './parse-profile.ts'
import { fileReferences, makeRevision, type ProfileRevision } from './revision.ts'

export type LoadedProfile =
  | { readonly kind: 'good'; readonly revision: ProfileRevision; readonly watched: readonly string[] }
  | { readonly kind: 'bad'; readonly problems: readonly ProfileProblem[]; readonly watched: readonly string[] }

type Keeper = Pick<ProfileFileStore, 'keep' | 'keepRevision'>
type Read = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'refused'; readonly reason: string }

/** The largest profile.yaml that anybody wrote has 12 KiB. */
const MAX_PROFILE_BYTES = 256 * 1024

/** watched: the files whose change means that the folder must be loaded again. Never throws. */
export async function loadProfile(folder: string, store: Keeper): Promise<LoadedProfile> {
  const watched = [join(folder, PROFILE_FILE)]
  try {
    return await load(folder, store, watched)
  } catch (error) {
    // A text that the parser cannot bear, a disk that is full: the next look tries again.
    const reason = `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`
    return { kind: 'bad', problems: [{ file: PROFILE_FILE, reason }], watched }
  }
}

async function load(folder: string, store: Keeper, watched: string[]): Promise<LoadedProfile> {
  const read = await readProfileText(folder)
  if (read.kind === 'refused') return { kind: 'bad', problems: [{ file: PROFILE_FILE, reason: read.reason }], watched }
  const parsed = parseProfile(read.text, basename(folder))
  if (parsed.kind === 'bad') return { ...parsed, watched }

  const { profile, lineOf } = parsed
  const files = new Map<string, FileRef>()
  const problems: ProfileProblem[] = []
  for (const { reference, path } of fileReferences(profile)) {
    if (files.has(reference)) continue
    const component = (profile.components ?? []).find(({ name }) => name === reference)
    const relative = component?.file ?? reference
    watched.push(join(folder, relative))
    const opened = await openInside(folder, relative)
    if (opened.kind === 'file') files.set(reference, await keepAndClose(store, opened.handle, relative))
    else {
      const reason = opened.kind === 'missing' ? missing(profile, component, relative) : `${relative} ${opened.reason}`
      problems.push({ file: PROFILE_FILE, line: lineOf(path)!, reason })
    }
  }
  if (problems.length > 0) return { kind: 'bad', problems, watched }
  const revision = makeRevision(profile, files)
  await store.keepRevision(revision)
  return { kind: 'good', revision, watched }
}

async function readProfileText(folder: string): Promise<Read> {
  const opened = await openInside(folder, PROFILE_FILE)
  if (opened.kind === 'missing') return { kind: 'refused', reason: 'cannot be read: ENOENT' }
  if (opened.kind === 'refused') return opened
  try {
    const { size } = await opened.handle.stat()
    if (size > MAX_PROFILE_BYTES) {
      return { kind: 'refused', reason: `has ${size} bytes, and ${MAX_PROFILE_BYTES} are the most` }
    }
    return { kind: 'text', text: await opened.handle.readFile('utf8') }
  } finally {
    await opened.handle.close()
  }
}

async function keepAndClose(store: Keeper, handle: FileHandle, relative: string): Promise<FileRef> {
  try {
    return await store.keep(handle, relative)
  } finally {
    await handle.close()
  }
}

function missing(profile: Profile, component: NonNullable<Profile['components']>[number] | undefined, relative: string): string {
  if (component === undefined) return `there is no file ${relative} in the folder, nor a component of that name`
  if (component.make === undefined) return `component ${component.name}: there is no file ${relative}; put it there`
  return `component ${component.name}: ${relative} is not made yet; run: platen profile prepare ${profile.name}`
}
