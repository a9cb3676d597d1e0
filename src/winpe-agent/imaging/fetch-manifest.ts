// The manifest that a step names, fetched and checked. Touches the network through the client.
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import { expandManifest, manifestDigestOf } from '../../imaging/manifest-codec.ts'
import type { ChunkClient } from './chunk-client.ts'

export interface WantedVersion {
  readonly imageName: string
  readonly version: number
  readonly manifestDigest: string
}

export async function fetchManifest(
  { imageName, version, manifestDigest }: WantedVersion,
  client: ChunkClient,
): Promise<Manifest> {
  const manifest = await expandManifest(await client.manifest(imageName, version))
  const actual = manifestDigestOf(manifest)
  if (actual !== manifestDigest) {
    throw new AppError(
      'IMAGE_DIGEST_MISMATCH',
      `the manifest of ${imageName} version ${version} has digest ${actual}, the job says ${manifestDigest}`,
      'Post the job again; if it stays, the stored manifest is damaged: deploy another version.',
    )
  }
  return manifest
}
