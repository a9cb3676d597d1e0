// Versions of images: the manifest, the chunks that the store lacks, then the version under central's number. A version that is not whole is never
// listed; one that was removed here does not come back by itself.
import { Type } from 'typebox'
import type { FollowedItem } from '../../../../contract/central/follow.ts'
import { AppError } from '../../../../contract/errors.ts'
import { ImageVersionView, type Manifest } from '../../../../contract/image.ts'
import { decodeFrames } from '../../../../imaging/chunk-frames.ts'
import { expandManifest, manifestDigestOf, storedChunksOf } from '../../../../imaging/manifest-codec.ts'
import type { CaptureOrigin, ImageStoreService } from '../../../../library/index.ts'
import type { CentralLink } from '../central-link.ts'
import type { ItemKind } from './kind.ts'

const ImageFacts = Type.Object({
  ...Type.Pick(ImageVersionView, [
    'imageName',
    'version',
    'createdAt',
    'profile',
    'profileRevision',
    'personalise',
    'architecture',
    'firmware',
    'features',
    'signatures',
  ]).properties,
  origin: Type.Literal('central'),
})

const MOST_MANIFEST_BYTES = 96 * 1024 * 1024
/** Chunks of one request: few enough that little is asked again after a cut. */
const BATCH = 24
/** Requests at a time: the line does not rest while one is asked. */
const LANES = 2
/** Chunks that are checked and written while more come. */
const IN_FLIGHT = 8

export function imageKind(images: ImageStoreService): ItemKind {
  return {
    has: ({ name, version, digest }) =>
      images.wasRemoved(name, Number(version)) ||
      images
        .list()
        .some(
          (image) =>
            image.name === name &&
            image.versions.some((each) => each.version === Number(version) && each.manifestDigest === digest),
        ),
    async bring(item, { link, signal }) {
      const path = `/images/${item.name}/versions/${item.version}`
      const facts = await link.signed('image', ImageFacts, { path, signal })
      if (facts === undefined || facts.imageName !== item.name || facts.version !== Number(item.version)) throw differs(item)
      const { imageName: _, signatures = [], ...asThere } = facts
      const origin: CaptureOrigin = { jobId: `central/${item.name}.${item.version}`, imageName: item.name, signatures, asThere }
      // What was reserved stays reserved over a cut: whoever collects meanwhile does not take away what came.
      await images.reserve(origin, item.bytes)
      const manifest = await manifestOf(link, `${path}/manifest`, item, signal)
      const lacking = images.missing([...storedChunksOf(manifest)])
      await fetchAll(images, origin.jobId, lacking, link, signal)
      await images.publish(origin, manifest)
    },
  }
}

async function manifestOf(link: CentralLink, path: string, item: FollowedItem, signal: AbortSignal): Promise<Manifest> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of link.pieces(await link.send({ path, signal }))) {
    length += piece.length
    if (length > MOST_MANIFEST_BYTES) throw differs(item)
    pieces.push(piece)
  }
  const manifest = await expandManifest(Buffer.concat(pieces))
  if (manifestDigestOf(manifest) !== item.digest) throw differs(item)
  return manifest
}

async function fetchAll(
  images: ImageStoreService,
  jobId: string,
  lacking: readonly string[],
  link: CentralLink,
  signal: AbortSignal,
): Promise<void> {
  const batches: string[][] = []
  for (let at = 0; at < lacking.length; at += BATCH) batches.push(lacking.slice(at, at + BATCH))
  const rest = batches.values()
  const cut = new AbortController()
  const both = AbortSignal.any([signal, cut.signal])
  const lane = async (): Promise<void> => {
    for (const digests of rest) await fetchBatch(images, jobId, digests, link, both)
  }
  const lanes = Array.from({ length: LANES }, () => lane())
  try {
    await Promise.all(lanes)
  } catch (error) {
    cut.abort()
    await Promise.allSettled(lanes)
    throw error
  }
}

async function fetchBatch(
  images: ImageStoreService,
  jobId: string,
  digests: readonly string[],
  link: CentralLink,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(digests)
  const running = new Set<Promise<void>>()
  const answer = await link.send({ path: '/chunks/fetch', json: { digests }, signal })
  try {
    for await (const { digest, bytes } of decodeFrames(link.pieces(answer))) {
      if (!wanted.delete(digest)) throw unasked(digest)
      const put = images.putChunk(jobId, digest, bytes).finally(() => running.delete(put))
      running.add(put)
      put.catch(() => undefined)
      if (running.size >= IN_FLIGHT) await Promise.race(running)
    }
    await Promise.all(running)
    if (wanted.size > 0) throw unasked([...wanted][0]!)
  } finally {
    answer.destroy()
    await Promise.allSettled(running)
  }
}

function differs({ name, version, digest }: FollowedItem): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `what came as ${name} version ${version} is not what ${digest.slice(0, 12)} names`,
    'It is fetched again by itself. If it stays, somebody changes what comes, or central and this appliance are of different versions.',
  )
}

function unasked(digest: string): AppError {
  return new AppError(
    'SITE_CONTENT_DIFFERS',
    `chunk ${digest.slice(0, 12)} came unasked, or was asked for and did not come`,
    'It is fetched again by itself. If it stays, look at the disk of central: platen image verify there.',
  )
}
