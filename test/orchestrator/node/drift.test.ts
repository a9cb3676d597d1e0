// What the nodes of a class should run, who is behind, and who is told, over the HTTP API.
import { describe, expect, it } from 'vitest'
import type { NodeClassView } from '../../../src/contract/operator-api.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

async function withTwoVersions() {
  const scene = await OrchestratorScene.open()
  const [builder, web] = [await scene.approved(1), await scene.approved(2)]
  await captureTiny(scene, builder, 1)
  await captureTiny(scene, builder, 2)
  await scene.operator('PATCH', '/nodes/node-2', { tags: ['web'] })
  const drifted: string[] = []
  scene.rooms.events.subscribe(
    (event) => event.type === 'node.drifted' && drifted.push(`${event.node.name}: ${event.reason}`),
    ['node.drifted'],
  )
  return { scene, web, drifted }
}

const setClass = (scene: OrchestratorScene, runs: object) =>
  scene.operator<NodeClassView>('PUT', '/classes/web', { selector: { tags: ['web'] }, runs: [runs] })
const classNow = async (scene: OrchestratorScene): Promise<NodeClassView> =>
  (await scene.operator<NodeClassView>('GET', '/classes/web')).body

async function deploy(scene: OrchestratorScene, machine: SceneMachine, version: number): Promise<void> {
  await scene.post({ kind: 'deploy', node: 'node-2', image: 'tiny', version })
  await machine.finish((await machine.claim())!)
}

describe('what a class should run', () => {
  it.each([
    { runs: { image: 'tiny' }, version: 2 },
    { runs: { image: 'tiny', version: 1 }, version: 1 },
    { runs: { image: 'tiny', tag: 'stable' }, version: 1 },
  ])('$runs means version $version', async ({ runs, version }) => {
    const { scene } = await withTwoVersions()
    await using _scene = scene
    await scene.operator('PUT', '/images/tiny/versions/1/tags/stable')
    expect((await setClass(scene, runs)).body).toMatchObject({
      means: [{ image: 'tiny', version }],
      behind: [{ node: 'node-2', runs: 'nothing that was verified' }],
    })
  })

  it.each([{ image: 'nope' }, { image: 'tiny', version: 9 }, { image: 'tiny', tag: 'stable' }])('%o is refused', async (runs) => {
    const { scene } = await withTwoVersions()
    await using _scene = scene
    expect((await setClass(scene, runs)).body).toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
  })

  it('is deployed when a class is told to deploy and no image is named', async () => {
    const { scene, web } = await withTwoVersions()
    await using _scene = scene
    await scene.operator('PUT', '/classes/web', { selector: { tags: ['web'] } })
    expect((await scene.operator('POST', '/classes/web/deploy', { nodes: 1 })).body).toMatchObject({
      code: 'NODE_CLASS_WANTS_NOTHING',
    })
    await setClass(scene, { image: 'tiny', version: 1 })
    expect(await scene.operator('POST', '/classes/web/deploy', { nodes: 1 })).toMatchObject({ status: 201 })
    await web.finish((await web.claim())!)
    expect(await classNow(scene)).toMatchObject({ behind: [] })
  })

  it('keeps its version from being removed', async () => {
    const { scene } = await withTwoVersions()
    await using _scene = scene
    await setClass(scene, { image: 'tiny', version: 1 })
    expect((await scene.operator('DELETE', '/images/tiny/versions/1')).body).toMatchObject({ code: 'IMAGE_VERSION_IN_USE' })
  })
})

describe('node.drifted', () => {
  it('is told once when a node gets another version than its class should run, and again after it was put right', async () => {
    const { scene, web, drifted } = await withTwoVersions()
    await using _scene = scene
    await setClass(scene, { image: 'tiny', version: 2 })
    await deploy(scene, web, 2)
    expect(drifted).toEqual([])
    await deploy(scene, web, 1)
    await scene.operator('PATCH', '/nodes/node-2', { notes: 'looked at' })
    expect(drifted).toEqual(['node-2: it runs tiny version 1, class web should run tiny version 2'])
    await deploy(scene, web, 2)
    await deploy(scene, web, 1)
    expect(drifted).toHaveLength(2)
  })

  it('is not told of what a person asked for: another version for the class', async () => {
    const { scene, web, drifted } = await withTwoVersions()
    await using _scene = scene
    await setClass(scene, { image: 'tiny', version: 2 })
    await deploy(scene, web, 2)
    await setClass(scene, { image: 'tiny', version: 1 })
    await scene.operator('PATCH', '/nodes/node-2', { notes: 'looked at' })
    expect(drifted).toEqual([])
    expect((await classNow(scene)).behind).toEqual([{ node: 'node-2', runs: 'tiny version 2' }])
  })

  it('is told when the hardware of an approved node is not what it was', async () => {
    const { scene, web, drifted } = await withTwoVersions()
    await using _scene = scene
    await web.hello(inventoryOf(2, { memoryBytes: 1 << 29 }))
    expect(drifted).toEqual([expect.stringContaining('node-2: memory')])
  })
})
