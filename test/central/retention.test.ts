// What a function needs stays, also where no machine and no tag names it.
import { expect, it } from 'vitest'
import type { ImageView } from '../../src/contract/image.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'

it('retention keeps the version that only a function wants, and a person cannot remove it', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  for (const filler of [1, 2, 3]) await captureTiny(scene, machine, filler)
  const put = async (path: string, body: object) => expect((await scene.operator('PUT', path, body)).status).toBe(200)
  await put('/distributions/old', { images: [{ image: 'tiny', version: 1 }] })
  await put('/distribution-profiles/standard', { default: 'old' })
  await put('/functions/web', {})
  const versions = async () =>
    (await scene.operator<ImageView>('GET', '/images/tiny')).body.versions.map(({ version }) => version).sort()
  await scene.operator('POST', '/images/tiny/prune', { keepLast: 1, dryRun: false })
  expect(await versions()).toEqual([1, 3])
  const { status, body } = await scene.operator<{ detail: string }>('DELETE', '/images/tiny/versions/1')
  expect([status, body.detail]).toEqual([409, expect.stringContaining('distribution old needs it')])
  // Nobody chooses it any more: it goes as any other does.
  expect((await scene.operator('DELETE', '/functions/web')).status).toBe(204)
  await scene.operator('POST', '/images/tiny/prune', { keepLast: 1, dryRun: false })
  expect(await versions()).toEqual([3])
})
