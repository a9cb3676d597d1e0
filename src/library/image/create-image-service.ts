// Joins chunk store, catalog and reservations to what the other rooms ask of images.
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { ImageVersionView, Manifest } from '../../contract/image.ts'
import type { PruneResult, RetentionPolicy } from '../../contract/image-care.ts'
import { isGood, judgeSignature, type KnownKey, type ManifestSigner, signManifest } from '../../contract/version-signature.ts'
import { contentDigestOfManifest, manifestDigestOf, storedChunksOf } from '../../imaging/manifest-codec.ts'
import { Catalog } from './catalog.ts'
import { createChunkContent } from './chunk-content.ts'
import type { ChunkStore } from './chunk-store.ts'
import { collectChunks } from './collect.ts'
import { checkCompositions } from './composition-check.ts'
import { DigestSet } from './digest-set.ts'
import { FileChunkStore } from './file-chunk-store.ts'
import type { CaptureOrigin, ImageStoreService, VersionUse } from './image-service.ts'
import { PromisedChunks } from './promised-chunks.ts'
import { basisOf } from './read-gate.ts'
import { Reservations } from './reservations.ts'
import { decideRetention } from './retention.ts'
import { scrubStore } from './scrub.ts'
import { Turns } from './turns.ts'
import { verifyVersion } from './verify-version.ts'
import { diffVersions } from './version-diff.ts'

export interface ImageServiceConfig {
  readonly dataDir: string
}

export interface ImageServiceDeps {
  /** Now, as ISO 8601. */
  readonly now: () => string
  /** Left out: nobody uses any. */
  readonly use?: VersionUse
  /** By which what is published is signed. Left out: nothing is. */
  readonly signer?: ManifestSigner
  /** Keys of others. Left out: none is known. */
  readonly knownKeys?: () => readonly KnownKey[]
  /** Another store than files under dataDir. */
  readonly chunks?: ChunkStore
  /** A version is listed just now. Left out: nobody is told. */
  readonly onPublished?: (view: ImageVersionView) => void
}

const NOBODY = { publicKeys: () => [] }
const UNUSED: VersionUse = { useOf: () => undefined, nodesWith: () => [] }

export function createImageService(
  { dataDir }: ImageServiceConfig,
  { now, chunks: given, signer, knownKeys = () => [], use = UNUSED, onPublished }: ImageServiceDeps,
): ImageStoreService {
  const chunks = given ?? new FileChunkStore(join(dataDir, 'chunks'))
  const content = createChunkContent(chunks)
  const catalog = new Catalog(join(dataDir, 'manifests'))
  const reservations = new Reservations()
  const promised = new PromisedChunks()
  /** Publishing, removing and collecting take turns: what one has checked the other must not take away. */
  const turns = new Turns()
  /** Compressed bytes that a running capture added; what a restart forgets is missing in a statistic only. */
  const added = new Map<string, number>()

  const publish = (origin: CaptureOrigin, manifest: Manifest) => turns.run(() => publishNow(origin, manifest))

  /** Its chunks are here, and make up what it says. */
  async function checkContent(origin: CaptureOrigin, manifest: Manifest): Promise<void> {
    const digests = storedChunksOf(manifest)
    const refuseWithoutChunks = () => refuseIncomplete([...digests].filter((digest) => !chunks.has(digest)))
    refuseWithoutChunks()
    await checkCompositions(manifest, await basisManifest(origin), content).catch((error: unknown) => {
      // One that turned out to be damaged was set aside: the agent brings it anew.
      refuseWithoutChunks()
      throw error
    })
  }

  async function publishNow(origin: CaptureOrigin, manifest: Manifest): Promise<ImageVersionView> {
    await checkContent(origin, manifest)
    await chunks.settle()
    const view = await catalog.add(manifest, {
      imageName: origin.imageName,
      contentDigest: contentDigestOfManifest(manifest),
      createdAt: now(),
      tags: [],
      diskSizeBytes: sum(manifest.disks.map((disk) => disk.sizeBytes)),
      usedBytes: sum(manifest.disks.map((disk) => disk.usedBytes)),
      chunkCount: storedChunksOf(manifest).size,
      addedBytes: added.get(origin.jobId) ?? 0,
      jobId: origin.jobId,
      ...(origin.nodeId === undefined ? {} : { nodeId: origin.nodeId }),
      ...(origin.profile === undefined ? {} : { profile: origin.profile }),
      ...(origin.profileRevision === undefined ? {} : { profileRevision: origin.profileRevision }),
      ...(origin.personalise === undefined ? {} : { personalise: origin.personalise }),
      ...(origin.architecture === undefined ? {} : { architecture: origin.architecture }),
      ...(origin.features === undefined ? {} : { features: [...origin.features] }),
      ...signed(manifestDigestOf(manifest), origin),
      ...origin.asThere,
    })
    release(origin.jobId)
    onPublished?.(view)
    return view
  }

  /** What came with it stays; of this appliance's own there is one. Throws IMAGE_SIGNATURE_WRONG before anything is published. */
  function signed(manifestDigest: string, origin: CaptureOrigin): Pick<ImageVersionView, 'signatures'> {
    const { nodeId, signatures = [], asThere } = origin
    const wrong = signatures.find((one) => !isGood(one, manifestDigest))
    if (wrong !== undefined) throw signatureWrong(wrong.keyId)
    // A copy of what central has: nobody made or brought it here.
    if (signer === undefined || asThere?.origin === 'central')
      return signatures.length === 0 ? {} : { signatures: [...signatures] }
    return { signatures: [...signatures, signManifest(manifestDigest, nodeId === undefined ? 'brought' : 'made', signer)] }
  }

  /** undefined: there is none, or it cannot be read. */
  async function basisManifest(origin: CaptureOrigin): Promise<Manifest | undefined> {
    const basis = basisOf(catalog, origin)
    return basis && catalog.manifest(basis.imageName, basis.version).catch(() => undefined)
  }

  function release(jobId: string): void {
    reservations.release(jobId)
    promised.end(jobId)
    added.delete(jobId)
  }

  async function remove(imageName: string, version: number): Promise<void> {
    const { tags } = catalog.find(imageName, version)
    const reason = tags.length > 0 ? `it is tagged ${tags.join(', ')}` : use.useOf(imageName, version)
    if (reason !== undefined) throw inUse(imageName, version, reason)
    await catalog.remove(imageName, version)
  }

  async function prune(imageName: string, policy: RetentionPolicy): Promise<PruneResult> {
    catalog.find(imageName)
    const { versions } = catalog.list().find(({ name }) => name === imageName)!
    const input = { versions, policy, nowMs: Date.parse(now()), useOf: (version: number) => use.useOf(imageName, version) }
    const result: PruneResult = { imageName, removed: [], kept: [] }
    for (const { version, keptBecause } of decideRetention(input)) {
      if (keptBecause !== undefined) result.kept.push({ version, because: keptBecause })
      else if (result.removed.push(version) && !policy.dryRun) await catalog.remove(imageName, version)
    }
    return result
  }

  function* versions() {
    for (const { name, versions: views } of catalog.list()) {
      for (const { version } of views) {
        // Removed while the one before it was read: it is nobody's any more.
        if (catalog.has(name, version)) yield { imageName: name, version, manifest: () => catalog.manifest(name, version) }
      }
    }
  }

  async function* manifests(): AsyncGenerator<Manifest> {
    for (const { manifest } of versions()) yield await manifest()
  }

  /** The most that a capture should need: all of it the first time, a part of it when an earlier version is there. */
  function expectedBytes(imageName: string, usedBytes: number): number {
    const isFirst = !catalog.list().some((image) => image.name === imageName)
    // A guess: versions of one image share most chunks. Running out of space in spite of it stops the capture clean.
    return isFirst ? usedBytes : Math.ceil(usedBytes / 4)
  }

  return {
    list: () => catalog.list(),
    changeCount: () => catalog.changeCount(),
    onChange: (listener) => catalog.onChange(listener),
    find: (imageName, version) => catalog.find(imageName, version),
    wasRemoved: (imageName, version) => catalog.wasRemoved(imageName, version),
    chunksOf: async (imageName, version) => new DigestSet(storedChunksOf(await catalog.manifest(imageName, version))),
    tableIds: () => catalog.tableIds(),
    async lacking(imageName, version) {
      const digests = storedChunksOf(await catalog.manifest(imageName, version))
      return [...digests].filter((digest) => !chunks.has(digest)).length
    },
    damaged: () => catalog.damaged(),
    async verify(imageName, version, run) {
      const { chunkCount, manifestDigest, signatures = [] } = catalog.find(imageName, version)
      const damaged = await verifyVersion(await catalog.manifest(imageName, version), chunks, run)
      // Removed meanwhile: chunks that nobody needs any more are no damage.
      catalog.find(imageName, version)
      const judged = signatures.map((one) => judgeSignature(one, manifestDigest, signer ?? NOBODY, knownKeys()))
      return { imageName, version, chunkCount, damaged, signatures: judged }
    },
    tag: (imageName, tag, version) => catalog.tag(imageName, tag, version),
    say: (imageName, version, facts) => catalog.say(imageName, version, facts),
    remove: (imageName, version) => turns.run(() => remove(imageName, version)),
    prune: (imageName, policy) => turns.run(() => prune(imageName, policy)),
    collect: (run) =>
      turns.run(async () => {
        await catalog.dropUnnamedManifests()
        return collectChunks({ chunks, manifests, isPromised: (digest) => promised.has(digest), run })
      }),
    scrub: (run) => scrubStore({ chunks, versions, nodesWith: (name, version) => use.nodesWith(name, version), run }),
    space: () => chunks.space(),
    diff: async (imageName, from, to) =>
      diffVersions({ imageName, from, to }, await catalog.manifest(imageName, from), await catalog.manifest(imageName, to)),
    hold: (id) => promised.hold(id),
    release,
    missing: (digests) =>
      [...new Set(digests)].filter((digest) => {
        promised.promise(digest)
        return !chunks.has(digest)
      }),
    async reserve({ jobId, imageName, asThere }, usedBytes) {
      catalog.refuseForeign(imageName, asThere?.origin)
      reservations.reserve(jobId, expectedBytes(imageName, usedBytes), (await chunks.space()).freeBytes)
      promised.begin(jobId)
    },
    async putChunk(jobId, digest, bytes) {
      promised.promise(digest)
      const bytesAdded = await chunks.put({ digest, bytes })
      reservations.use(jobId, bytesAdded)
      added.set(jobId, (added.get(jobId) ?? 0) + bytesAdded)
    },
    getChunk: (digest, wish) => chunks.get(digest, wish),
    sections: (digest) => chunks.sections(digest),
    blocks: content.blocksOf,
    difference: content.differenceOf,
    publish,
    standing: (imageName, version, manifestDigest) => catalog.standing(imageName, version, manifestDigest),
    async checkBrought(imageName, manifest) {
      await checkContent({ jobId: '', imageName }, manifest)
      await chunks.settle()
    },
    bring: (manifest, facts) =>
      turns.run(async () => {
        refuseIncomplete([...storedChunksOf(manifest)].filter((digest) => !chunks.has(digest)))
        await chunks.settle()
        await catalog.bring(manifest, facts)
      }),
    manifest: (imageName, version) => catalog.manifest(imageName, version),
    async storedSizes(imageName, version) {
      const sizes = new Map<string, number | undefined>()
      for (const digest of storedChunksOf(await catalog.manifest(imageName, version)))
        sizes.set(digest, await chunks.sizeOf(digest))
      return sizes
    },
    compressedManifest: (imageName, version) => catalog.compressedManifest(imageName, version),
  }
}

function inUse(imageName: string, version: number, reason: string): AppError {
  return new AppError(
    'IMAGE_VERSION_IN_USE',
    `${imageName} version ${version} stays: ${reason}`,
    'Take its tags away with `platen image untag`, and deploy another version to the nodes that run it.',
  )
}

function signatureWrong(keyId: string): AppError {
  return new AppError(
    'IMAGE_SIGNATURE_WRONG',
    `the signature by the key ${keyId} is not one under this manifest`,
    'Somebody changed the file, or took the signature from another one. Fetch it again from whom it came; nothing was published.',
  )
}

function refuseIncomplete(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new AppError(
    'IMAGE_MANIFEST_INCOMPLETE',
    `the manifest names ${missing.length} chunks that the store lacks, the first is ${missing[0]}`,
    'The agent sends what lacks and publishes again; no version was made.',
  )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
