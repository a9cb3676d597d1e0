// Nodes as people steer them, over the HTTP API.
import { describe, expect, it } from 'vitest'
import type { NodeClassView, NodeView } from '../../../src/contract/operator-api.ts'
import { inventoryOf, macOf } from '../../fakes/inventories.ts'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const bootKind = (scene: OrchestratorScene, n: number): string => scene.orchestrator.bootAnswer(bootClientOf(n)).kind

describe('hold, reclaim, retire', () => {
  it('a held node gets no job until it is released', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.operator('POST', '/nodes/node-1/hold', { reason: 'memory errors' })
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    expect((await scene.operator<NodeView>('GET', '/nodes/node-1')).body).toMatchObject({
      state: 'held',
      holdReason: 'memory errors',
    })
    expect(await machine.claim()).toBeUndefined()
    expect(bootKind(scene, 1)).toBe('local-disk')
    const claimed = machine.claim(30)
    await scene.operator('POST', '/nodes/node-1/release')
    expect((await claimed)?.jobId).toBe(job.id)
    expect(await scene.operator('POST', '/nodes/node-1/release')).toMatchObject({ status: 409, body: { code: 'NODE_NOT_HELD' } })
  })

  it('a node that is held in the middle of its job finishes it', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    await scene.operator('POST', '/nodes/node-1/hold', { reason: 'moves tomorrow' })
    expect((await machine.heartbeat(assignment)).body.order).toBe('continue')
    expect(bootKind(scene, 1)).toBe('boot-os')
  })

  it('a reclaimed node loses its job to another and is told to boot', async () => {
    await using scene = await OrchestratorScene.open()
    const [a, b] = [await scene.approved(1), await scene.approved(2)]
    const told: string[] = []
    scene.rooms.events.subscribe(({ type }) => told.push(type), ['job.reclaimed'])
    const job = await scene.post({ kind: 'build', profile: 'tiny', maxAttempts: 1 })
    const first = (await a.claim())!
    await scene.operator('POST', '/nodes/node-1/reclaim', { reason: 'needed elsewhere' })
    expect((await a.heartbeat(first)).body.order).toBe('restart')
    expect(bootKind(scene, 1)).toBe('local-disk')
    expect(await b.claim()).toMatchObject({ jobId: job.id, attempt: 1 })
    expect(told).toEqual(['job.reclaimed'])
    expect(await scene.logOf(job.id)).toContain('its node was reclaimed: needed elsewhere')
  })

  it('a retired node is out for good, until somebody approves it anew', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.operator('POST', '/nodes/node-1/retire')
    await scene.post({ kind: 'build', profile: 'tiny' })
    expect(await machine.claim()).toBeUndefined()
    await scene.operator('POST', '/nodes/node-1/approve', { name: 'second-life' })
    expect(await machine.claim()).toBeDefined()
  })
})

describe('what is known of a node', () => {
  it('tags, location, notes, types; what is said stays after a kill', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    const said = { tags: ['fast'], location: 'rack1/u7', notes: 'loud', configTypes: ['release'] }
    await scene.operator('PATCH', '/nodes/node-1', said)
    await scene.killAndBegin()
    expect((await scene.operator<NodeView>('GET', '/nodes/node-1')).body).toMatchObject(said)
  })

  it('what changed since the last time', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.boot(1)
    await machine.hello(inventoryOf(1, { memoryBytes: 7, disks: inventoryOf(2).disks }))
    const { inventoryHistory } = (await scene.operator<NodeView>('GET', '/nodes/node-1')).body
    expect(inventoryHistory?.map(({ changes }) => changes)).toEqual([
      ['memory: 1073741824 became 7', 'disk DISK-01 of 1073741824 bytes is gone', 'disk DISK-02 of 1073741824 bytes is new'],
    ])
  })

  it.each([
    { name: 'Rack 1', code: 'NODE_NAME_INVALID' },
    { name: 'node-2', code: 'NODE_NAME_TAKEN' },
  ])('the name $name is refused', async ({ name, code }) => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.approved(2)
    expect((await scene.operator('PATCH', '/nodes/node-1', { name })).body).toMatchObject({ code })
  })
})

describe('approval rules', () => {
  const stateOf = async (scene: OrchestratorScene, n: number): Promise<Partial<NodeView>> => {
    const { body } = await scene.operator<{ nodes: NodeView[] }>('GET', '/nodes')
    return body.nodes.find(({ inventory }) => inventory.nics[0]!.mac === macOf(n))!
  }

  it('by the address that it boots from, named by a pattern, as many as allowed', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.operator('POST', '/approval-rules', {
      macPrefixes: ['52:54:00'],
      namePattern: 'rack1-{nn}',
      tags: ['rack1'],
      limit: 2,
    })
    for (const n of [1, 2, 3]) await scene.boot(n)
    expect(await stateOf(scene, 1)).toMatchObject({ state: 'approved', name: 'rack1-01', tags: ['rack1'] })
    expect(await stateOf(scene, 2)).toMatchObject({ state: 'approved', name: 'rack1-02' })
    expect(await stateOf(scene, 3)).toMatchObject({ state: 'discovered' })
  })

  it('by a list of expected machines, also for those that wait already', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.boot(1)
    await scene.boot(2)
    const expected = [
      { serial: 'SN-1001', mac: macOf(1), name: 'db-1', location: 'rack9/u1' },
      { serial: 'SN-1002', mac: macOf(9), name: 'db-2' },
    ]
    await scene.operator('POST', '/approval-rules', { expected })
    expect(await stateOf(scene, 1)).toMatchObject({ state: 'approved', name: 'db-1', location: 'rack9/u1' })
    expect(await stateOf(scene, 2)).toMatchObject({ state: 'discovered' })
  })

  it('a rule that ended approves nobody', async () => {
    await using scene = await OrchestratorScene.open()
    const { body } = await scene.operator<{ id: string }>('POST', '/approval-rules', { serials: ['SN-1001'] })
    await scene.operator('DELETE', `/approval-rules/${body.id}`)
    await scene.boot(1)
    expect(await stateOf(scene, 1)).toMatchObject({ state: 'discovered' })
    expect(await scene.operator('DELETE', `/approval-rules/${body.id}`)).toMatchObject({
      status: 404,
      body: { code: 'NODE_RULE_NOT_FOUND' },
    })
  })
})

describe('classes', () => {
  it('hold the approved nodes that their selector names', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.approved(2)
    await scene.boot(3)
    await scene.operator('PATCH', '/nodes/node-2', { tags: ['web'] })
    await scene.operator('PATCH', '/nodes/node-3', { tags: ['web'] })
    const made = await scene.operator<NodeClassView>('PUT', '/classes/web', { selector: { tags: ['web'] } })
    expect(made.body.nodes).toEqual(['node-2'])
    await scene.killAndBegin()
    expect((await scene.operator<NodeClassView>('GET', '/classes/web')).body.nodes).toEqual(['node-2'])
    expect(
      (await scene.operator<NodeClassView>('PUT', '/classes/all', { selector: { architecture: 'x64' } })).body.nodes,
    ).toHaveLength(2)
    expect((await scene.operator<NodeClassView>('PUT', '/classes/none', { selector: {} })).body.nodes).toEqual([])
  })

  it('a job for a class goes to a node of it', async () => {
    await using scene = await OrchestratorScene.open()
    const [a, b] = [await scene.approved(1), await scene.approved(2)]
    await scene.operator('PUT', '/classes/web', { selector: { names: ['node-2'] } })
    const job = await scene.post({ kind: 'build', profile: 'tiny', needs: { nodeClass: 'web' } })
    expect(await a.claim()).toBeUndefined()
    expect((await b.claim())?.jobId).toBe(job.id)
  })

  it('only so many jobs at a time; the next begins when one has ended', async () => {
    await using scene = await OrchestratorScene.open()
    const [a, b] = [await scene.approved(1), await scene.approved(2)]
    await scene.operator('PUT', '/classes/lab', { selector: { architecture: 'x64' }, maxRunning: 1 })
    await scene.post({ kind: 'build', profile: 'tiny' })
    const second = await scene.post({ kind: 'build', profile: 'tiny' })
    const first = (await a.claim())!
    const claimed = b.claim(60)
    expect(await Promise.race([claimed, scene.operator('GET', '/nodes').then(() => 'waits')])).toBe('waits')
    await a.finish(first)
    expect((await claimed)?.jobId).toBe(second.id)
  })

  it('destructive work asks for the number of nodes', async () => {
    await using scene = await OrchestratorScene.open()
    await scene.approved(1)
    await scene.approved(2)
    await scene.operator('PUT', '/classes/web', { selector: { architecture: 'x64' } })
    const refused = await scene.operator('POST', '/classes/web/deploy', { image: 'tiny', nodes: 3 })
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'NODE_CLASS_COUNT_DISAGREES', message: expect.stringContaining('2 nodes') },
    })
    const unknown = await scene.operator('POST', '/classes/web/deploy', { image: 'tiny', nodes: 2 })
    expect(unknown).toMatchObject({ status: 404, body: { code: 'IMAGE_NOT_FOUND' } })
    expect(await scene.operator('GET', '/classes/nope')).toMatchObject({ status: 404, body: { code: 'NODE_CLASS_NOT_FOUND' } })
  })
})
