// What others are told of a node by its MAC: always as it stands now.
import { expect, it } from 'vitest'
import { macOf } from '../../fakes/inventories.ts'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

it('tells the name and the model of the machine that has a MAC, and a new name at once', async () => {
  await using scene = await OrchestratorScene.open()
  await scene.boot(1, {
    smbios: { systemUuid: '4c4c4544-0042-3010-8051-b4c04f4e0001', manufacturer: 'Dell Inc.', product: 'R640' },
  })
  expect(scene.orchestrator.nodeOf(macOf(1))).toMatchObject({ name: 'node-1', manufacturer: 'Dell Inc.', product: 'R640' })
  expect(scene.orchestrator.nodeOf(macOf(2))).toBeUndefined()
  await scene.operator('PATCH', '/nodes/node-1', { name: 'rack1-07' })
  expect(scene.orchestrator.nodeOf(macOf(1))?.name).toBe('rack1-07')
})

it('sends a machine to the address by which it came in', async () => {
  await using scene = await OrchestratorScene.open()
  const words = ['http://10.77.0.1:8080', 'http://10.88.0.1:8080'].map((applianceUrl) => {
    const answer = scene.orchestrator.bootAnswer({ ...bootClientOf(1), applianceUrl })
    return answer.kind === 'boot-os' ? answer.kernelArguments[0] : undefined
  })
  expect(words).toEqual(['platen.url=http://10.77.0.1:8080', 'platen.url=http://10.88.0.1:8080'])
})
