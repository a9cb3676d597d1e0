// A folder on disk -> a revision whose files are kept, or its problems. Touches the folder and the file store.
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Profile } from '../../contract/profile.ts'
import type { FileRef } from '../../contract/steps.ts'
import type { ProfileFileStore } from './file-store.ts'
import { PROFILE_FILE, type ProfileProblem, parseProfile } from './parse-profile.ts'
import { fileReferences, makeRevision, type ProfileRevision } from './revision.ts'

export type LoadedProfile =
  | { readonly kind: 'good'; readonly revision: ProfileRevision; readonly watched: readonly string[] }
  | { readonly kind: 'bad'; readonly problems: readonly ProfileProblem[]; readonly watched: readonly string[] }

/** watched: the files whose change means that the folder must be loaded again. */
export async function loadProfile(
  folder: string,
  store: Pick<ProfileFileStore, 'keep' | 'keepRevision'>,
): Promise<LoadedProfile> {
  const profilePath = join(folder, PROFILE_FILE)
  const text = await readFile(profilePath, 'utf8').catch((error: NodeJS.ErrnoException) => error)
  if (typeof text !== 'string') {
    return {
      kind: 'bad',
      problems: [{ file: PROFILE_FILE, reason: `cannot be read: ${text.code ?? text.message}` }],
      watched: [profilePath],
    }
  }
  const parsed = parseProfile(text, basename(folder))
  if (parsed.kind === 'bad') return { ...parsed, watched: [profilePath] }

  const { profile, lineOf } = parsed
  const files = new Map<string, FileRef>()
  const problems: ProfileProblem[] = []
  const watched = [profilePath]
  for (const { reference, path } of fileReferences(profile)) {
    if (files.has(reference)) continue
    const component = (profile.components ?? []).find(({ name }) => name === reference)
    const relative = component?.file ?? reference
    watched.push(join(folder, relative))
    const isFile = await stat(join(folder, relative)).then(
      (found) => found.isFile(),
      () => false,
    )
    if (isFile) files.set(reference, await store.keep(join(folder, relative), relative))
    else problems.push({ file: PROFILE_FILE, line: lineOf(path)!, reason: missing(profile, component, relative) })
  }
  if (problems.length > 0) return { kind: 'bad', problems, watched }
  const revision = makeRevision(profile, files)
  await store.keepRevision(revision)
  return { kind: 'good', revision, watched }
}

function missing(profile: Profile, component: NonNullable<Profile['components']>[number] | undefined, relative: string): string {
  if (component === undefined) return `there is no file ${relative} in the folder, nor a component of that name`
  if (component.make === undefined) return `component ${component.name}: there is no file ${relative}; put it there`
  return `component ${component.name}: ${relative} is not made yet; run: platen profile prepare ${profile.name}`
}
