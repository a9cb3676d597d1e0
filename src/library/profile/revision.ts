// A revision of a profile: what profile.yaml said and the digest of every file that it uses, under one digest of all. Pure.
import { createHash } from 'node:crypto'
import type { Profile } from '../../contract/profile.ts'
import type { FileRef } from '../../contract/steps.ts'
import { buildParts } from './build-parts.ts'

export interface ProfileRevision {
  readonly name: string
  /** Digest over the profile and its files: two folders that build the same have the same one. */
  readonly revision: string
  readonly profile: Profile
  /** By the reference that profile.yaml uses: a path, or the name of a component. */
  readonly files: Readonly<Record<string, FileRef>>
}

export function makeRevision(profile: Profile, files: ReadonlyMap<string, FileRef>): ProfileRevision {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
  const revision = createHash('sha256')
    .update(JSON.stringify([profile, sorted]))
    .digest('hex')
  return { name: profile.name, revision, profile, files: Object.fromEntries(sorted) }
}

/** A place in profile.yaml that speaks of a file, so that a missing one can be told with its line. */
export interface FileReference {
  readonly reference: string
  readonly path: readonly (string | number)[]
}

/** Every file that the steps use, in the order of the text. */
export function fileReferences(profile: Profile): readonly FileReference[] {
  const references: FileReference[] = []
  if (profile.format.script !== undefined) references.push({ reference: profile.format.script, path: ['format', 'script'] })
  const addAll = (entries: object, path: FileReference['path']): void => {
    for (const [key, reference] of Object.entries(entries) as [string, string][])
      if (FILE_KEYS.includes(key)) references.push({ reference, path: [...path, key] })
  }
  for (const { content, path } of buildParts(profile)) {
    const [part] = Object.values(content)
    addAll(part, path)
    if ('actions' in part) for (const [index, action] of part.actions.entries()) addAll(action, [...path, 'actions', index])
  }
  for (const [index, action] of (profile.onFailure?.actions ?? []).entries()) addAll(action, ['onFailure', 'actions', index])
  return references
}

const FILE_KEYS = ['extract', 'copy', 'template', 'script', 'kernel', 'initrd']
