// Image versions and their tags in a composite bundle. Touches the store through the image service.
import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { type Static, Type } from 'typebox'
import type { BundleEntry } from '../../contract/bundle.ts'
import { AppError } from '../../contract/errors.ts'
import { ImageVersionView, type Manifest } from '../../contract/image.ts'
import { Name } from '../../contract/values.ts'
import { contentDigestOfManifest, encodeManifest, manifestDigestOf, storedChunksOf } from '../../imaging/manifest-codec.ts'
import type { ImageStoreService } from '../image/image-service.ts'
import type { ManifestReader } from '../image/manifest-reader.ts'
import type { BundleThing, Staged } from './kind.ts'
import { withoutCloudSecrets } from './leave-out.ts'

const compress = promisify(zstdCompress)
const strict = { additionalProperties: false }

/** Without what is true of one appliance alone: tags, the job and the node that it came from, what it added to the store. */
const { tags: _tags, addedBytes: _added, jobId: _job, nodeId: _node, ...carried } = ImageVersionView.properties
const CarriedVersion = Type.Object(carried, strict)
type CarriedVersion = Static<typeof CarriedVersion>

const CarriedTag = Type.Object({ imageName: Name, tag: Name, version: Type.Integer({ minimum: 1 }) }, strict)
type CarriedTag = Static<typeof CarriedTag>

interface ImageThingsDeps {
  readonly images: ImageStoreService
  readonly reader: ManifestReader
}

export function imageThing({ images, reader }: ImageThingsDeps): BundleThing {
  const manifestOf = async (entry: BundleEntry, staged: Staged): Promise<Manifest> =>
    reader.read(await readFile(staged.manifestPath(entry.manifest!.digest)))

  return {
    kind: 'image',
    schema: CarriedVersion,
    names: () => images.list().flatMap(({ versions }) => versions.map(({ imageName, version }) => `${imageName}@${version}`)),
    async take(name) {
      const view = viewOf(images, name)
      if (view === undefined) return undefined
      const manifest = await images.manifest(view.imageName, view.version)
      const { tags: _of, addedBytes: _here, jobId: _its, nodeId: _from, ...facts } = view
      const { value, leftOut } = withoutCloudSecrets(facts)
      const bytes = encodeManifest(manifest)
      return {
        // Over what travels: an older one may have been written otherwise.
        value: { ...value, manifestDigest: hash('sha256', bytes, 'hex') },
        leftOut,
        manifest: await compress(bytes),
      }
    },
    async faultOf(entry, staged) {
      const said = entry.value as CarriedVersion
      if (entry.manifest === undefined) return 'it has no manifest'
      if (entry.name !== `${said.imageName}@${said.version}`) return 'it is called otherwise than it is'
      const manifest = await manifestOf(entry, staged)
      const isIt =
        manifestDigestOf(manifest) === said.manifestDigest &&
        contentDigestOfManifest(manifest) === said.contentDigest &&
        storedChunksOf(manifest).size === said.chunkCount
      return isIt ? undefined : 'its manifest is that of another version'
    },
    async standing({ value }) {
      const { imageName, version, manifestDigest } = value as CarriedVersion
      const standing = images.standing(imageName, version, manifestDigest)
      if (standing === 'free') return { kind: 'new' }
      return standing === 'equal' ? { kind: 'equal' } : { kind: 'conflict', because: standing }
    },
    check: async (entry, staged) =>
      images.checkBrought((entry.value as CarriedVersion).imageName, await manifestOf(entry, staged)),
    async put(entry, staged) {
      const { manifestDigest, ...facts } = entry.value as CarriedVersion
      const standing = images.standing(facts.imageName, facts.version, manifestDigest)
      if (standing === 'equal') return
      if (standing !== 'free') throw conflict(standing)
      await images.bring(await manifestOf(entry, staged), { ...facts, tags: [], addedBytes: 0 })
    },
  }
}

/** A tag is a name that moves: it is replaced like a setting. */
export function tagThing(images: ImageStoreService): BundleThing {
  const here = ({ imageName, tag }: CarriedTag): number | undefined =>
    images
      .list()
      .find(({ name }) => name === imageName)
      ?.versions.find(({ tags }) => tags.includes(tag))?.version
  const put = async ({ value }: BundleEntry) => {
    const { imageName, tag, version } = value as CarriedTag
    if (here(value as CarriedTag) !== version) await images.tag(imageName, tag, version)
  }
  return {
    kind: 'tag',
    schema: CarriedTag,
    names: () =>
      images.list().flatMap(({ name, versions }) => versions.flatMap(({ tags }) => tags.map((tag) => `${name}:${tag}`))),
    async take(name) {
      const at = name.indexOf(':')
      const [imageName, tag] = [name.slice(0, at), name.slice(at + 1)]
      const version = here({ imageName, tag, version: 0 })
      if (version === undefined) return undefined
      return { value: { imageName, tag, version }, needs: [{ kind: 'image', name: `${imageName}@${version}` }] }
    },
    faultOf: async ({ name, value }) => {
      const { imageName, tag } = value as CarriedTag
      return name === `${imageName}:${tag}` ? undefined : 'it is called otherwise than it is'
    },
    needsOf: ({ value }) => {
      const { imageName, version } = value as CarriedTag
      return [{ kind: 'image', name: `${imageName}@${version}` }]
    },
    async standing({ name, value }) {
      const version = here(value as CarriedTag)
      if (version === undefined) return { kind: 'new' }
      if (version === (value as CarriedTag).version) return { kind: 'equal' }
      return { kind: 'conflict', because: `${name} is version ${version} here` }
    },
    put,
    whatIsHere: async ({ value }) => ({ ...(value as CarriedTag), version: here(value as CarriedTag) }),
    replace: put,
  }
}

function viewOf(images: ImageStoreService, name: string): ImageVersionView | undefined {
  const at = name.lastIndexOf('@')
  const [imageName, version] = [name.slice(0, at), Number(name.slice(at + 1))]
  return images
    .list()
    .find((image) => image.name === imageName)
    ?.versions.find((each) => each.version === version)
}

export function conflict(because: string): AppError {
  return new AppError(
    'BUNDLE_CONFLICT',
    `the bundle cannot be installed as it is: ${because}`,
    'See all of it with `platen bundle install FILE --dry-run`; then say `--on-conflict keep` (what is here stays) or `--on-conflict replace`.',
  )
}
