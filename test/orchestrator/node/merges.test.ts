// Nodes that the score got wrong, put right by hand over the HTTP API; and the mode in which the score is only logged.
import { describe, expect, it } from 'vitest'
import type { NodeList, NodeView } from '../../../src/contract/operator-api.ts'
import { inventoryOf, macOf } from '../../fakes/inventories.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const nodesOf = async (scene: OrchestratorScene): Promise<NodeView[]> =>
  (await scene.operator<NodeList>('GET', '/nodes')).body.nodes

describe('merge', () => {
  it('makes the record of a machine whose parts were all replaced one with the new one, for good', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.operator('PATCH', '/nodes/node-1', { name: 'rack1-01', tags: ['web'] })
    // Another board, card and disk in the same case: nothing is left to know it by.
    const machine = await scene.boot(2)
    expect(await nodesOf(scene)).toHaveLength(2)

    const merged = await scene.operator<NodeView>('POST', '/nodes/node-2/merge', { into: 'rack1-01' })
    expect(merged).toMatchObject({ status: 200, body: { name: 'rack1-01', state: 'approved', tags: ['web'] } })
    expect(merged.body.inventory.smbios).toEqual(inventoryOf(2).smbios)
    expect(merged.body.bootMacs.toSorted()).toEqual([macOf(1), macOf(2)])

    await machine.hello(inventoryOf(2))
    expect((await nodesOf(scene)).map(({ name }) => name)).toEqual(['rack1-01'])
    await scene.killAndBegin()
    await machine.hello(inventoryOf(2))
    expect((await nodesOf(scene)).map(({ name }) => name)).toEqual(['rack1-01'])
  })

  it.each([
    { into: 'node-1', code: 'NODE_MERGE_REFUSED' },
    { into: 'node-9', code: 'NODE_NOT_FOUND' },
  ])('into $into is refused: $code', async ({ into, code }) => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    expect((await scene.operator('POST', '/nodes/node-1/merge', { into })).body).toMatchObject({ code })
    expect(await nodesOf(scene)).toHaveLength(1)
  })

  it('is refused while a job is for the node that would go', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.approved(2)
    const job = await scene.post({ kind: 'build', profile: 'tiny', node: 'node-2' })
    expect((await scene.operator('POST', '/nodes/node-2/merge', { into: 'node-1' })).body).toMatchObject({ code: 'NODE_BUSY' })
    await scene.operator('POST', `/jobs/${job.id}/cancel`, {})
    expect(await scene.operator('POST', '/nodes/node-2/merge', { into: 'node-1' })).toMatchObject({ status: 200 })
  })
})

describe('split', () => {
  /** Boards of one factory that repeat everything: two machines that the score takes for one. */
  const twin = { smbios: inventoryOf(1).smbios, disks: inventoryOf(1).disks, nics: inventoryOf(1).nics }

  it('makes two machines that look the same two nodes, told apart by their address', async () => {
    await using scene = await OrchestratorScene.open()
    const first = await scene.approved(1)
    await scene.boot(2, twin)
    // A person took them for one.
    await scene.operator('POST', '/nodes/node-2/merge', { into: 'node-1' })
    expect((await nodesOf(scene))[0]!.bootMacs).toEqual([macOf(1), macOf(2)])

    const split = await scene.operator<NodeView>('POST', '/nodes/node-1/split', { mac: macOf(2), name: 'rack1-02' })
    expect(split.body).toMatchObject({ name: 'rack1-02', state: 'discovered', bootMacs: [macOf(2)] })
    await scene.boot(2, twin)
    await first.hello(inventoryOf(1, twin))
    const nodes = await nodesOf(scene)
    expect(nodes.map(({ name, state, bootMacs }) => ({ name, state, bootMacs }))).toEqual([
      { name: 'node-1', state: 'approved', bootMacs: [macOf(1)] },
      { name: 'rack1-02', state: 'discovered', bootMacs: [macOf(2)] },
    ])
    expect(nodes[1]!.inventory.smbios).toEqual(twin.smbios)
  })

  it.each([macOf(1), macOf(9)])('of %s, the only address or a strange one, is refused', async (mac) => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    expect((await scene.operator('POST', '/nodes/node-1/split', { mac })).body).toMatchObject({ code: 'NODE_SPLIT_REFUSED' })
  })
})

describe('a score that is only logged', () => {
  it('leaves the word to the address, and says where it disagrees', async () => {
    await using scene = await OrchestratorScene.open({ identityMode: 'log-only' })
    await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    // Another machine behind the same card: the address says one, the score another.
    await scene.boot(1, { ...inventoryOf(2), nics: inventoryOf(1).nics })
    expect(await nodesOf(scene)).toHaveLength(1)
    expect(scene.log.complaints).toContain('the score says another node than the address does')
    await scene.boot(2, { smbios: inventoryOf(1).smbios, disks: inventoryOf(1).disks })
    expect(await nodesOf(scene)).toHaveLength(2)
  })
})
