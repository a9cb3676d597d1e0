// Profiles in a composite bundle: the text of profile.yaml and the files that its steps use, put back as a folder. Touches the profiles folder.
import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, copyFile, type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Static, Type } from 'typebox'
import { stringify } from 'yaml'
import type { BundleEntry } from '../../contract/bundle.ts'
import { AppError } from '../../contract/errors.ts'
import { FileRef } from '../../contract/file-ref.ts'
import { Digest, Name } from '../../contract/values.ts'
import { syncFolder } from '../../store/index.ts'
import { staysInside } from '../files/parse-yaml.ts'
import { type LoadedProfile, loadProfile } from '../profile/load-profile.ts'
import { type ParsedProfile, PROFILE_FILE, parseProfile } from '../profile/parse-profile.ts'
import type { Profiles } from '../profile/profiles.ts'
import { makeRevision, type ProfileRevision } from '../profile/revision.ts'
import { conflict } from './image-things.ts'
import type { BundleThing, Staged, Standing } from './kind.ts'

const CarriedProfile = Type.Object(
  {
    name: Name,
    revision: Digest,
    /** profile.yaml */
    text: Type.String({ maxLength: 256 * 1024 }),
    /** By the reference that the text uses. */
    files: Type.Record(Type.String({ maxLength: 500 }), FileRef),
  },
  { additionalProperties: false },
)
type CarriedProfile = Static<typeof CarriedProfile>

export function profileThing(profiles: Profiles, folder: string): BundleThing {
  const folderOf = (name: string) => join(folder, name)
  return {
    kind: 'profile',
    schema: CarriedProfile,
    names: () => profiles.list().flatMap(({ name, revision }) => (revision === undefined ? [] : [name])),
    async take(name) {
      if (profiles.list().every((each) => each.name !== name)) return undefined
      const revision = profiles.inForce(name)
      const files = Object.values(revision.files).map((ref) => ({ ...refOf(ref), path: profiles.contentPath(ref) }))
      const text = await textOf(revision, folderOf(name))
      return { value: { name, revision: revision.revision, text, files: revision.files }, files }
    },
    async faultOf({ name, value, files = [] }) {
      const said = value as CarriedProfile
      if (name !== said.name) return 'it is called otherwise than it is'
      const parsed = parsedSafely(said.text, name)
      if (parsed.kind === 'bad') return `its profile.yaml: ${parsed.problems[0]!.reason}`
      if (makeRevision(parsed.profile, new Map(Object.entries(said.files))).revision !== said.revision)
        return 'its revision is not that of what it says'
      const refs = Object.values(said.files)
      const astray = refs.find(({ path }) => !staysInside(path) || path === PROFILE_FILE)
      if (astray !== undefined) return `its file ${astray.path} does not belong into a profile`
      const carried = new Map(files.map(({ digest, sizeBytes }) => [digest, sizeBytes]))
      const lost = refs.find(({ digest, sizeBytes }) => carried.get(digest) !== sizeBytes)
      return lost === undefined ? undefined : `its file ${lost.path} is not there`
    },
    standing: ({ value }) => standingOf(value as CarriedProfile, folderOf((value as CarriedProfile).name)),
    async check() {
      await mkdir(folder, { recursive: true })
        .then(() => access(folder, constants.W_OK))
        .catch((error: Error) => {
          throw readOnly(folder, error)
        })
    },
    async put({ value }, staged) {
      const said = value as CarriedProfile
      const standing = await standingOf(said, folderOf(said.name))
      if (standing.kind === 'conflict') throw conflict(standing.because)
      if (standing.kind === 'new') await complete(said, folderOf(said.name), staged)
    },
    async replace(entry: BundleEntry, staged) {
      const said = entry.value as CarriedProfile
      const own = folderOf(said.name)
      const made = join(folder, `.${said.name}.${randomUUID()}`)
      await complete(said, made, staged)
      // The watch passes over what begins with a dot; nothing of it is lost.
      await rename(own, join(folder, `.${said.name}.before-${said.revision.slice(0, 12)}-${Date.now().toString(36)}`))
      await rename(made, own)
      await syncFolder(folder)
    },
  }
}

/** One that came with the program may be nobody's to write to. */
function readOnly(folder: string, cause: Error): AppError {
  return new AppError(
    'BUNDLE_PLACE_READ_ONLY',
    `the profiles of the bundle cannot be put into ${folder}: ${cause.message}`,
    'Nothing was installed. Let the appliance write there, give it another folder (`profilesDir`), or make the bundle without profiles.',
    { cause },
  )
}

/** A text that the parser cannot bear is a mistake like any other. */
function parsedSafely(text: string, name: string): ParsedProfile {
  try {
    return parseProfile(text, name)
  } catch (error) {
    return { kind: 'bad', problems: [{ file: PROFILE_FILE, reason: error instanceof Error ? error.message : String(error) }] }
  }
}

const refOf = ({ digest, sizeBytes }: FileRef) => ({ digest, sizeBytes })

/** As people wrote it, with their comments, when that is what is in force. */
async function textOf({ name, profile }: ProfileRevision, folder: string): Promise<string> {
  const text = await readFile(join(folder, PROFILE_FILE), 'utf8').catch(() => '')
  const parsed = parsedSafely(text, name)
  return parsed.kind === 'good' && isDeepStrictEqual(parsed.profile, profile) ? text : stringify(profile)
}

async function standingOf({ name, revision, text, files }: CarriedProfile, folder: string): Promise<Standing> {
  const here = await readFile(join(folder, PROFILE_FILE), 'utf8').catch(() => undefined)
  if (here === undefined) return { kind: 'new' }
  const loaded = await loadWithoutKeeping(folder)
  if (loaded.kind === 'good' && loaded.revision.revision === revision) return { kind: 'equal' }
  // The same profile whose components were never made here: they come with the bundle.
  const isUnfinished = here === text && loaded.kind === 'bad' && (await holdsNothingElse(files, folder))
  if (isUnfinished) return { kind: 'new' }
  return { kind: 'conflict', because: `profile ${name} is here with other content` }
}

const loadWithoutKeeping = (folder: string): Promise<LoadedProfile> =>
  loadProfile(folder, {
    keep: async (source, path) => ({ path, digest: await digestOf(source), sizeBytes: (await source.stat()).size }),
    keepRevision: async () => undefined,
  })

async function digestOf(source: FileHandle): Promise<string> {
  const sum = createHash('sha256')
  for await (const piece of source.createReadStream({ autoClose: false, start: 0 })) sum.update(piece as Buffer)
  return sum.digest('hex')
}

async function holdsNothingElse(files: CarriedProfile['files'], folder: string): Promise<boolean> {
  for (const { path, digest } of Object.values(files)) {
    const file = await open(join(folder, path), 'r').catch(() => undefined)
    if (file === undefined) continue
    const isIt = (await digestOf(file).finally(() => file.close())) === digest
    if (!isIt) return false
  }
  return true
}

/** What is missing of it; profile.yaml last, so that a folder that has one has all. */
async function complete({ text, files }: CarriedProfile, folder: string, staged: Staged): Promise<void> {
  for (const { path, digest } of Object.values(files)) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    await place(target, (temporary) => copyFile(staged.filePath(digest), temporary, constants.COPYFILE_FICLONE))
  }
  await mkdir(folder, { recursive: true })
  await place(join(folder, PROFILE_FILE), (temporary) => writeFile(temporary, text))
  await syncFolder(dirname(folder))
}

async function place(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${target}.${randomUUID()}.new`
  try {
    await write(temporary)
    const file = await open(temporary, 'r+')
    await file.sync().finally(() => file.close())
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(target))
}
