// Packages ring by ring, and back: over HTTP with machines that speak.
import type { Static } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeClass, NodeView } from '../../../src/contract/operator-api.ts'
import type { RollOutView } from '../../../src/contract/roll-out.ts'
import type { MovePlan, NodeHistory } from '../../../src/contract/wanted.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'
import { bringPackage } from '../../fakes/scene-packages.ts'

const SETTLE_SECONDS = 60

/** Nodes 2 to 5 run version 1 of tiny with agent 1.0 and lib 1.0, as their class says; agent 2.0 and version 2 are there. */
async function fourNodes(): Promise<{ scene: OrchestratorScene; machines: SceneMachine[]; builder: SceneMachine }> {
  const scene = await OrchestratorScene.open()
  const builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  for (const [name, version] of [
    ['agent', '1.0'],
    ['agent', '2.0'],
    ['lib', '1.0'],
  ] as const)
    await bringPackage(scene, name, version)
  await scene.operator('POST', '/approval-rules', { macPrefixes: ['52:54'], tags: ['web'] })
  await scene.operator('PUT', '/classes/web', {
    selector: { tags: ['web'] },
    runs: [{ image: 'tiny', version: 1 }],
    packages: [{ name: 'agent', range: '= 1.0' }, { name: 'lib' }],
    enforce: 'at-boot',
  })
  const machines = [await scene.boot(2), await scene.boot(3), await scene.boot(4), await scene.boot(5)]
  for (const machine of machines) await machine.finish((await machine.claim())!)
  await captureTiny(scene, builder, 2)
  return { scene, machines, builder }
}

const begin = (scene: OrchestratorScene, wish: object) =>
  scene.operator<RollOutView & { code?: string }>('POST', '/classes/web/roll-outs', { settleSeconds: SETTLE_SECONDS, ...wish })
const standing = ({ phase, nodes }: RollOutView) => `${phase}: ${nodes.map(({ at }) => at).join(' ')}`
const AGENT_2 = { packages: [{ name: 'agent', range: '= 2.0' }], ringSize: '100%' }

async function later(scene: OrchestratorScene, { id }: { id: string }, seconds = SETTLE_SECONDS + 5): Promise<RollOutView> {
  scene.clock.advance(seconds * 1000)
  await scene.operator('POST', `/roll-outs/${id}/pause`)
  await scene.operator('POST', `/roll-outs/${id}/resume`)
  return (await scene.operator<RollOutView>('GET', `/roll-outs/${id}`)).body
}

async function run(machine: SceneMachine): Promise<{ kind: string; steps: readonly string[] }> {
  const assignment = (await machine.claim())!
  await machine.finish(assignment)
  return { kind: assignment.kind, steps: assignment.steps.map(({ kind }) => kind) }
}

const has = async (scene: OrchestratorScene, { nodeName }: SceneMachine) => {
  const { installed } = (await scene.operator<NodeView>('GET', `/nodes/${nodeName}`)).body
  return [
    `${installed?.imageName} ${installed?.version}`,
    ...(installed?.packages ?? []).map(({ name, version }) => `${name} ${version}`).sort(),
  ]
}

describe('a roll-out of packages', () => {
  it('changes only them, ring by ring; then the class has them', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene, AGENT_2)
    expect(standing(first)).toBe('running: moving waiting waiting waiting')
    expect(await run(machines[0]!)).toEqual({ kind: 'packages', steps: ['packages', 'record'] })
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 2.0', 'lib 1.0'])
    // Its class still says 1.0, and the next rings wait.
    expect([await machines[0]!.claim(), await machines[1]!.claim()]).toEqual([undefined, undefined])
    expect(standing(await later(scene, first))).toBe('running: good moving moving moving')
    for (const machine of machines.slice(1)) await run(machine)
    scene.clock.advance((SETTLE_SECONDS + 5) * 1000)
    await scene.operator('POST', `/roll-outs/${first.id}/pause`)
    expect(standing((await scene.operator<RollOutView>('GET', `/roll-outs/${first.id}`)).body)).toBe('done: good good good good')
    expect((await scene.operator<NodeClass>('GET', '/classes/web')).body).toMatchObject({
      runs: [{ image: 'tiny', version: 1 }],
      packages: [{ name: 'agent', range: '=2.0' }, { name: 'lib' }],
    })
    for (const machine of machines) expect(await machine.claim()).toBeUndefined()
  })

  it('with an image: both come by one deploy, and what the class has beside stays', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    await begin(scene, { ...AGENT_2, image: 'tiny', version: 2 })
    expect((await run(machines[0]!)).steps).toEqual(expect.arrayContaining(['deploy', 'packages']))
    expect(await has(scene, machines[0]!)).toEqual(['tiny 2', 'agent 2.0', 'lib 1.0'])
    expect(await machines[0]!.claim()).toBeUndefined()
  })

  it('puts back the packages of a node whose system says that it is not well, and stops', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene, AGENT_2)
    await run(machines[0]!)
    const secret = await scene.rooms.access.nodeCredentials.issue(machines[0]!.nodeId)
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'text/plain' }
    await later(scene, first, 5)
    await scene.app.inject({
      method: 'POST',
      url: '/node/v1/present',
      headers,
      payload: 'boot b-1\nhealth bad 20-web port 80 is closed\n',
    })
    const { body: bad } = await scene.operator<RollOutView>('POST', `/roll-outs/${first.id}/pause`)
    expect(standing(bad)).toBe('stopped: returning waiting waiting waiting')
    expect(bad.nodes[0]?.reason).toBe('20-web port 80 is closed')
    expect((await run(machines[0]!)).kind).toBe('packages')
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
    expect(await machines[1]!.claim()).toBeUndefined()
  })

  it('a package that could not be installed: what the node had is looked at, and the others wait', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene, { ...AGENT_2, ringSize: '1' })
    const failure = { code: 'AGENT_SCRIPT_FAILED', message: 'install.sh ended with 1', hint: 'look' }
    await machines[0]!.report((await machines[0]!.claim())!, 0, { outcome: 'failed', failure })
    const back = (await machines[0]!.claim())!
    expect(back.steps[0]).toMatchObject({ kind: 'packages', installs: [], removes: [] })
    expect(back.steps[0]).toHaveProperty('checks.length', 2)
    await machines[0]!.finish(back)
    await scene.operator('POST', `/roll-outs/${first.id}/pause`)
    const { body: over } = await scene.operator<RollOutView>('GET', `/roll-outs/${first.id}`)
    expect(standing(over)).toBe('stopped: returned waiting waiting waiting')
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
    expect(await machines[1]!.claim()).toBeUndefined()
  })

  it('abort brings the packages of before back', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene, AGENT_2)
    await run(machines[0]!)
    await scene.operator('POST', `/roll-outs/${first.id}/abort`)
    expect((await run(machines[0]!)).kind).toBe('packages')
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
  })

  it('is what it was when it began: a newer package that comes meanwhile is not of it, and what it needs cannot be removed', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    await begin(scene, { packages: [{ name: 'agent' }], ringSize: '100%' })
    await bringPackage(scene, 'agent', '3.0')
    await run(machines[0]!)
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 2.0', 'lib 1.0'])
    const { body } = await scene.operator('DELETE', '/packages/agent/versions/2.0')
    expect(body).toMatchObject({ code: 'PACKAGE_IN_USE' })
  })

  it.each([
    { name: 'nothing', wish: {}, code: 'REQUEST_INVALID' },
    { name: 'an image without its version', wish: { image: 'tiny' }, code: 'REQUEST_INVALID' },
    { name: 'a package that is not there', wish: { packages: [{ name: 'nobody' }] }, code: 'PACKAGE_NOT_FOUND' },
    { name: 'a version that is not there', wish: { packages: [{ name: 'agent', range: '= 9' }] }, code: 'PACKAGE_NOT_FOUND' },
  ])('of $name is refused', async ({ wish, code }) => {
    const { scene } = await fourNodes()
    await using _scene = scene
    expect((await begin(scene, wish)).body.code).toBe(code)
  })

  it('tells what would move', async () => {
    const { scene } = await fourNodes()
    await using _scene = scene
    const { body } = await scene.operator<MovePlan>('POST', '/classes/web/roll-out-plans', AGENT_2)
    expect(body.moves).toHaveLength(4)
    expect(body.moves[0]).toMatchObject({ to: { version: 1 }, packages: [{ name: 'agent', from: '1.0', to: '2.0' }] })
    expect(body.bytes).toBeGreaterThan(0)
  })
})

describe('a roll-back of a node', () => {
  const back = (scene: OrchestratorScene, body: object = {}) => scene.operator<JobView>('POST', '/nodes/node-2/roll-back', body)

  it('brings the packages of that time back, without a new image', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    await scene.post({ kind: 'packages', node: 'node-2', packages: [{ name: 'agent', range: '= 2.0' }] })
    await scene.operator('PUT', '/nodes/node-2/wanted', { packages: [{ name: 'agent', range: '= 2.0' }, { name: 'lib' }] })
    await run(machines[0]!)
    const { body: history } = await scene.operator<Static<typeof NodeHistory>>('GET', '/nodes/node-2/history')
    expect(history.ran.map(({ version, packages }) => [version, packages?.map((each) => each.version).join()])).toEqual([
      [1, '1.0,2.0'],
      [1, '1.0,1.0'],
    ])
    expect((await scene.operator<MovePlan>('GET', '/nodes/node-2/roll-back')).body.moves[0]).toMatchObject({
      packages: [{ name: 'agent', from: '2.0', to: '1.0' }],
    })
    expect((await back(scene)).status).toBe(201)
    expect((await run(machines[0]!)).kind).toBe('packages')
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
    expect(await machines[0]!.claim()).toBeUndefined()
  })

  it('to an image of before brings what was beside it then', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    await scene.operator('PUT', '/nodes/node-2/wanted', {
      runs: [{ image: 'tiny', version: 2 }],
      packages: [{ name: 'agent', range: '= 2.0' }],
    })
    await run(machines[0]!)
    expect(await has(scene, machines[0]!)).toEqual(['tiny 2', 'agent 2.0'])
    await back(scene)
    expect((await run(machines[0]!)).steps).toContain('deploy')
    expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
    expect(await machines[0]!.claim()).toBeUndefined()
  })
})

it('a class that goes back keeps its packages', async () => {
  const { scene, machines } = await fourNodes()
  await using _scene = scene
  await scene.operator('PUT', '/classes/web', {
    selector: { tags: ['web'] },
    runs: [{ image: 'tiny', version: 2 }],
    packages: [{ name: 'agent', range: '= 1.0' }, { name: 'lib' }],
    enforce: 'at-boot',
  })
  for (const machine of machines) await run(machine)
  await scene.operator('POST', '/classes/web/roll-back', { nodes: 4 })
  expect((await run(machines[0]!)).steps).toEqual(expect.arrayContaining(['deploy', 'packages']))
  expect(await has(scene, machines[0]!)).toEqual(['tiny 1', 'agent 1.0', 'lib 1.0'])
})
