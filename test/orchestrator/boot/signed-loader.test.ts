// Which loader a machine is told to take, by what its agent saw of Secure Boot.
import { expect, it } from 'vitest'
import { macOf } from '../../fakes/inventories.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

it('a machine gets a signed loader when its firmware asks for one, and the usual one when nobody knows it', async () => {
  await using scene = await OrchestratorScene.open()
  await scene.boot(1, { secureBoot: 'on' })
  await scene.boot(2, { secureBoot: 'off' })
  expect([1, 2, 3].map((n) => scene.orchestrator.loaderFor(macOf(n)))).toEqual(['shim', undefined, undefined])
})
