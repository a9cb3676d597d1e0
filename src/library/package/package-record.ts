// One version of a package as it is kept: what it says of itself and the digest of every file, under one digest of all. Pure.
import { createHash } from 'node:crypto'
import type { Package, PackageContent, PackageVersionView } from '../../contract/package.ts'
import type { FileRef } from '../../contract/steps.ts'

export interface PackageRecord {
  readonly kind: PackageContent['kind']
  readonly description: Package
  /** By the path that the description uses; a .deb has one, itself. */
  readonly files: Readonly<Record<string, FileRef>>
  /** Over all of the above: equal packages have the same one, wherever they are brought. */
  readonly digest: string
  readonly addedAt: string
}

export function makeRecord(
  kind: PackageRecord['kind'],
  description: Package,
  files: ReadonlyMap<string, FileRef>,
  addedAt: string,
): PackageRecord {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, description, sorted]))
    .digest('hex')
  return { kind, description, files: Object.fromEntries(sorted), digest, addedAt }
}

/** Whether what it says is what its digest was made of. */
export function isWhole({ kind, description, files, digest, addedAt }: PackageRecord): boolean {
  return makeRecord(kind, description, new Map(Object.entries(files)), addedAt).digest === digest
}

export function viewOf({ kind, description, files, digest, addedAt }: PackageRecord): PackageVersionView {
  const { files: _files, install: _install, remove: _remove, verify: _verify, order = 'semver', ...said } = description
  const refs = Object.values(files)
  return {
    ...said,
    order,
    kind,
    digest,
    addedAt,
    files: refs,
    sizeBytes: refs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

export function contentOf({ kind, description, files, digest }: PackageRecord): PackageContent {
  const { name, version, install, remove, verify } = description
  const script = (key: 'install' | 'remove' | 'verify', path: string | undefined) =>
    path === undefined ? {} : { [key]: files[path]! }
  const placed =
    kind === 'deb'
      ? Object.values(files)
      : (description.files ?? []).map(({ file, to, mode }) => ({
          ...files[file]!,
          ...(to === undefined ? {} : { to, mode: mode ?? '0644' }),
        }))
  return {
    name,
    version,
    digest,
    kind,
    files: placed,
    ...script('install', install),
    ...script('remove', remove),
    ...script('verify', verify),
  }
}
