// Puts a version of an image into a scene the way an agent does: a build is handed out, its capture sends chunk and manifest.
import { zstdCompressSync } from 'node:zlib'
import { MANIFEST_TYPE } from '../../src/contract/image-transfer.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_STREAM_TYPE, encodeFrameHeader } from '../../src/imaging/chunk-frames.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import type { OrchestratorScene, SceneMachine } from './orchestrator-scene.ts'
import { manifestOf } from './small-manifest.ts'

/** Gives the version of image `tiny` that came of it. `filler` makes its content another one. */
export async function captureTiny(scene: OrchestratorScene, machine: SceneMachine, filler: number): Promise<number> {
  await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  for (let step = 0; step < assignment.steps.length - 1; step++) await machine.report(assignment, step)

  const chunk = Buffer.alloc(CHUNK_BYTES, filler)
  const digest = chunkDigest(chunk)
  const stored = zstdCompressSync(chunk)
  const send = (path: string, type: string, payload: Buffer) =>
    scene.app.inject({
      method: 'POST',
      url: `/agent/v1/jobs/${assignment.jobId}/${path}?leaseId=${assignment.leaseId}`,
      headers: { authorization: `Bearer ${machine.token}`, 'content-type': type },
      payload,
    })
  await send('chunks', CHUNK_STREAM_TYPE, Buffer.concat([encodeFrameHeader(digest, stored.length), stored]))
  const published = await send('manifest', MANIFEST_TYPE, zstdCompressSync(encodeManifest(manifestOf([digest]))))
  if (published.statusCode >= 300) throw new Error(`${published.statusCode} ${published.body}`)
  const { version } = published.json<{ version: number }>()
  await machine.report(assignment, assignment.steps.length - 1, { imageVersion: version })
  return version
}
