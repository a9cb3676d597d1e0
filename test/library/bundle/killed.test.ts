// An appliance that dies at each step of an installation: its next start shows nothing of the bundle, or all of it. Moments of chance, and a real
// kill -9, are for test/loop-long/bundle-killed.test.ts.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bring, bundleOf, emptyScene, furnish, install } from '../../fakes/bundle-scene.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

let giver: OrchestratorScene
let bundle: Buffer
beforeAll(async () => {
  giver = await OrchestratorScene.open()
  await furnish(giver)
  bundle = await bundleOf(giver)
})
afterAll(() => giver[Symbol.asyncDispose]())

interface Moment {
  readonly name: string
  /** Told from what lies on the disk. */
  readonly isNow: (scene: OrchestratorScene, id: string) => boolean
  readonly after: 'nothing' | 'whole'
}

const MOMENTS: readonly Moment[] = [
  { name: 'nothing was done', isNow: () => true, after: 'nothing' },
  {
    name: 'its chunks were put aside',
    isNow: (scene, id) => readdirSync(staged(scene, id, 'chunks')).length < 2,
    after: 'nothing',
  },
  {
    name: 'it was written down that it has begun',
    isNow: (scene, id) => existsSync(staged(scene, id, 'install.json')),
    after: 'whole',
  },
  {
    name: 'the first version is listed',
    isNow: ({ dataDir }) => existsSync(join(dataDir, 'manifests', 'tiny', '1.json')),
    after: 'whole',
  },
  { name: 'a class is kept', isNow: (scene) => scene.stateText().includes('"name":"lab"'), after: 'whole' },
]

const staged = ({ dataDir }: OrchestratorScene, id: string, ...path: readonly string[]): string =>
  join(dataDir, 'bundles', 'incoming', id, ...path)

it.each(MOMENTS)('when it dies as $name, the next start shows $after', { timeout: 60_000 }, async ({ isNow, after }) => {
  await using taker = await emptyScene()
  const brought = (await bring(taker, bundle)).body
  const installing = install(taker, brought).catch(() => undefined)
  while (!isNow(taker, brought.id)) await setImmediate()
  await taker.killAndBegin()
  const again = (await bring(taker, bundle)).body
  const standings = new Set(again.entries.map(({ standing }) => standing))
  await installing
  expect([...standings]).toEqual([after === 'whole' ? 'equal' : 'new'])
  expect(readdirSync(join(taker.dataDir, 'bundles', 'incoming'))).toEqual([again.id])
  // And it can be installed, whatever came before.
  expect((await install(taker, again)).status).toBe(200)
})
