// Packages and profiles as they go from one appliance to another: a record that says what there is, files by digest beside it. What comes is
// proven against its digest before it is kept, and is kept as a whole or not at all. Touches the folders of both.
import { copyFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Value } from 'typebox/value'
import { AppError } from '../contract/errors.ts'
import { Package } from '../contract/package.ts'
import type { FileRef } from '../contract/steps.ts'
import { staysInside } from './files/parse-yaml.ts'
import type { PackageBook } from './package/package-book.ts'
import { makeRecord, type PackageRecord } from './package/package-record.ts'
import type { Packages } from './package/packages.ts'
import { PROFILE_FILE } from './profile/parse-profile.ts'
import type { Profiles } from './profile/profiles.ts'
import { makeRevision, type ProfileRevision } from './profile/revision.ts'

export interface Exchange {
  /** Throws PACKAGE_NOT_FOUND. */
  packageRecord(name: string, version: string): PackageRecord
  packageFile(name: string, version: string, digest: string): KeptFile
  /** digest: what it must be. fileOf: where a file lies that was fetched. Throws SITE_CONTENT_DIFFERS, PACKAGE_VERSION_EXISTS, PACKAGE_INVALID. */
  takePackage(record: PackageRecord, digest: string, fileOf: (digest: string) => string): Promise<void>
  hasPackage(name: string, version: string, digest: string): boolean
  /** Throws PROFILE_NOT_FOUND. */
  profileRevision(name: string, revision: string): Promise<ProfileRevision>
  profileFile(name: string, revision: string, digest: string): Promise<KeptFile>
  /** Puts it into the folder of profiles. Throws SITE_CONTENT_DIFFERS; SITE_NAME_TAKEN over a folder that somebody made here. */
  takeProfile(revision: ProfileRevision, digest: string, fileOf: (digest: string) => string): Promise<void>
  hasProfile(name: string, revision: string): boolean
}

interface KeptFile {
  readonly path: string
  readonly sizeBytes: number
}

interface ExchangeDeps {
  readonly packages: Packages
  readonly book: PackageBook
  readonly profiles: Profiles
  readonly profilesDir: string
}

/** In folders of profiles that came from elsewhere: what has it may be replaced by what comes next. */
const MARK = '.from-central'

export function createExchange({ packages, book, profiles, profilesDir }: ExchangeDeps): Exchange {
  async function takePackage(given: PackageRecord, digest: string, fileOf: (digest: string) => string): Promise<void> {
    const { kind, description, files, addedAt } = given
    const record = makeRecord(kind, description, new Map(Object.entries(files)), addedAt)
    if (record.digest !== digest || !Value.Check(Package, description) || !['deb', 'folder'].includes(kind)) throw differs(digest)
    await packages.bring(async () => {
      for (const file of Object.values(record.files)) await keep(file, fileOf(file.digest))
      return { kind: 'good', record, watched: [] }
    })
  }

  async function keep({ path, digest }: FileRef, at: string): Promise<void> {
    const handle = await open(at, 'r')
    try {
      const kept = await book.files.keep(handle, path)
      if (kept.digest !== digest) throw differs(digest)
    } finally {
      await handle.close()
    }
  }

  async function takeProfile(given: ProfileRevision, digest: string, fileOf: (digest: string) => string): Promise<void> {
    const revision = makeRevision(given.profile, new Map(Object.entries(given.files)))
    const { name, profile } = revision
    const files = Object.values(revision.files)
    if (revision.revision !== digest || name !== given.name || !/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) throw differs(digest)
    if (!files.every(({ path }) => staysInside(path) && path !== PROFILE_FILE && path !== MARK)) throw differs(digest)
    const [folder, next, before] = [
      join(profilesDir, name),
      join(profilesDir, `.${name}.new`),
      join(profilesDir, `.${name}.before`),
    ]
    if ((await isThere(folder)) && !(await isThere(join(folder, MARK)))) throw taken(name)
    await rm(next, { recursive: true, force: true })
    await mkdir(next, { recursive: true })
    for (const { path, digest: fileDigest } of files) {
      await mkdir(dirname(join(next, path)), { recursive: true })
      await copyFile(fileOf(fileDigest), join(next, path))
    }
    // JSON is YAML, and its digest is over what it says.
    await writeFile(join(next, PROFILE_FILE), `${JSON.stringify(profile, undefined, 2)}\n`)
    await writeFile(join(next, MARK), `${digest}\n`)
    await rm(before, { recursive: true, force: true })
    if (await isThere(folder)) await rename(folder, before)
    await rename(next, folder)
    await rm(before, { recursive: true, force: true })
    await profiles.look(true)
    if (!hasProfile(name, digest)) throw differs(digest)
  }

  const hasProfile = (name: string, revision: string): boolean =>
    profiles.list().some((view) => view.name === name && view.revision === revision)

  return {
    packageRecord(name, version) {
      packages.find(name, version)
      return book.find(name, version)!
    },
    packageFile: (name, version, digest) =>
      packages.filePath({ name, version, digest: packages.find(name, version).digest }, digest),
    takePackage,
    hasPackage: (name, version, digest) => book.find(name, version)?.digest === digest,
    profileRevision: (name, revision) => profiles.revision(name, revision),
    async profileFile(name, revision, digest) {
      const { files } = await profiles.revision(name, revision)
      const file = Object.values(files).find((each) => each.digest === digest)
      if (file === undefined)
        throw new AppError(
          'PROFILE_NOT_FOUND',
          `revision ${revision.slice(0, 12)} of ${name} has no such file`,
          'Ask for its record first.',
        )
      return { path: profiles.contentPath(file), sizeBytes: file.sizeBytes }
    },
    takeProfile,
    hasProfile,
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function differs(digest: string): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `what came is not what ${digest.slice(0, 12)} names`,
    'It is fetched again by itself. If it stays, look at the disk of the other appliance: platen doctor',
  )
}

function taken(name: string): AppError {
  return new AppError(
    'SITE_NAME_TAKEN',
    `there is a profile ${name} of this appliance's own, and central's has the same name`,
    'Give your own folder another name; then the one of central comes by itself.',
  )
}
