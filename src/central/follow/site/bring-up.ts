// Images that this site built, to central: chunks that it lacks, then the manifest. There they are called SITE.NAME, under the numbers they have here.
import { Value } from 'typebox/value'
import { MissingAnswer } from '../../../contract/agent-api.ts'
import type { ImageVersionView } from '../../../contract/image.ts'
import { CHUNK_STREAM_TYPE, MANIFEST_TYPE } from '../../../contract/image-transfer.ts'
import { encodeFrameHeader } from '../../../imaging/chunk-frames.ts'
import { storedChunksOf } from '../../../imaging/manifest-codec.ts'
import type { ImageStoreService } from '../../../library/index.ts'
import type { CentralLink } from './central-link.ts'

const ASKED_AT_ONCE = 4096
const BATCH_BYTES = 16 * 1024 * 1024

/** Those that a job made here. */
export function builtHere(images: Pick<ImageStoreService, 'list'>): readonly ImageVersionView[] {
  return images
    .list()
    .flatMap(({ versions }) => versions.filter(({ origin, nodeId }) => origin === undefined && nodeId !== undefined))
}

/** May be called again after any failure: what is there is not sent twice. */
export async function bringUp(
  images: ImageStoreService,
  { imageName, version, usedBytes, signatures = [] }: ImageVersionView,
  link: CentralLink,
  signal: AbortSignal,
): Promise<void> {
  const job = `/jobs/${imageName}.${version}`
  const leaseId = 'site'
  await link.json({ path: `${job}/reservation`, json: { leaseId, usedBytes }, signal })
  const all = [...storedChunksOf(await images.manifest(imageName, version))]
  for (let at = 0; at < all.length; at += ASKED_AT_ONCE) {
    const digests = all.slice(at, at + ASKED_AT_ONCE)
    const answer = await link.json({ path: '/chunks/missing', json: { digests }, signal })
    await sendAll(
      images,
      Value.Check(MissingAnswer, answer) ? answer.missing : digests,
      `${job}/chunks?leaseId=${leaseId}`,
      link,
      signal,
    )
  }
  const body = await images.compressedManifest(imageName, version)
  const made = Buffer.from(JSON.stringify(signatures)).toString('base64url')
  await link.json({ path: `${job}/manifest?leaseId=${leaseId}&signatures=${made}`, bytes: { type: MANIFEST_TYPE, body }, signal })
}

async function sendAll(
  images: ImageStoreService,
  digests: readonly string[],
  path: string,
  link: CentralLink,
  signal: AbortSignal,
): Promise<void> {
  let frames: Uint8Array[] = []
  let length = 0
  const flush = async (): Promise<void> => {
    if (frames.length > 0) await link.json({ path, bytes: { type: CHUNK_STREAM_TYPE, body: Buffer.concat(frames) }, signal })
    frames = []
    length = 0
  }
  for (const digest of digests) {
    const bytes = await images.getChunk(digest)
    frames.push(encodeFrameHeader(digest, bytes.length), bytes)
    length += bytes.length
    if (length >= BATCH_BYTES) await flush()
  }
  await flush()
}
