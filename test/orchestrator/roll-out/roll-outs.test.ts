// Roll-outs over HTTP with machines that speak: rings, one bad node, pause, abort, and an appliance that dies in the middle.
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeClassView } from '../../../src/contract/operator-api.ts'
import type { RollOutView } from '../../../src/contract/roll-out.ts'
import type { NodeWanted } from '../../../src/contract/wanted.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

const SETTLE_SECONDS = 60

/** Four nodes that run version 1 of tiny, as their class says; version 2 is there. */
async function fourNodes(): Promise<{ scene: OrchestratorScene; machines: SceneMachine[] }> {
  const scene = await OrchestratorScene.open()
  const builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  await scene.operator('POST', '/approval-rules', { macPrefixes: ['52:54'], tags: ['web'] })
  await scene.operator('PUT', '/classes/web', {
    selector: { tags: ['web'] },
    runs: [{ image: 'tiny', version: 1 }],
    enforce: 'at-boot',
  })
  const machines = [await scene.boot(2), await scene.boot(3), await scene.boot(4), await scene.boot(5)]
  for (const machine of machines) await machine.finish((await machine.claim())!)
  await captureTiny(scene, builder, 2)
  return { scene, machines }
}

const begin = async (scene: OrchestratorScene, more: object = {}) => {
  const wish = { image: 'tiny', version: 2, ringSize: '50%', settleSeconds: SETTLE_SECONDS, ...more }
  const { status, body } = await scene.operator<RollOutView & { code?: string }>('POST', '/classes/web/roll-outs', wish)
  return { status, body }
}
const steer = async (scene: OrchestratorScene, { id }: { id: string }, how: string) =>
  (await scene.operator<RollOutView>('POST', `/roll-outs/${id}/${how}`)).body
const standing = ({ phase, nodes }: RollOutView) => `${phase}: ${nodes.map(({ at }) => at).join(' ')}`

/** Time goes on, and the roll-out is looked at. */
async function later(scene: OrchestratorScene, { id }: { id: string }, seconds = SETTLE_SECONDS + 5): Promise<RollOutView> {
  scene.clock.advance(seconds * 1000)
  // Asking for what it is already waits until it was looked at.
  await steer(scene, { id }, 'pause')
  return steer(scene, { id }, 'resume')
}

async function fail(machine: SceneMachine): Promise<void> {
  const failure = { code: 'IMAGE_DOES_NOT_FIT', message: 'the disk is too small', hint: 'look' }
  await machine.report((await machine.claim())!, 0, { outcome: 'failed', failure })
}

describe('a roll-out', () => {
  it('brings a version ring by ring, and then the class runs it', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene)
    expect(standing(first)).toBe('running: moving waiting waiting waiting')
    expect((await begin(scene)).body.code).toBe('ROLL_OUT_UNDER_WAY')
    await machines[0]!.finish((await machines[0]!.claim())!)
    expect(await machines[1]!.claim()).toBeUndefined()
    expect(standing(await later(scene, first))).toBe('running: good moving moving waiting')
    // Its class still says version 1: it is not put back by that.
    expect(await machines[0]!.claim()).toBeUndefined()
    expect((await scene.operator<NodeWanted>('GET', '/nodes/node-2/wanted')).body).toMatchObject({
      runs: { from: 'the roll-out to class web' },
      difference: { kind: 'none' },
    })
    for (const machine of machines.slice(1, 3)) await machine.finish((await machine.claim())!)
    expect(standing(await later(scene, first))).toBe('running: good good good moving')
    await machines[3]!.finish((await machines[3]!.claim())!)
    scene.clock.advance((SETTLE_SECONDS + 5) * 1000)
    expect((await scene.operator('POST', `/roll-outs/${first.id}/pause`)).status).toBeLessThan(500)
    expect(standing((await scene.operator<RollOutView>('GET', `/roll-outs/${first.id}`)).body)).toBe('done: good good good good')
    expect((await scene.operator<NodeClassView>('GET', '/classes/web')).body).toMatchObject({
      behind: [],
      means: [{ version: 2 }],
    })
  })

  it('stops at one bad node of four and puts it back by itself; the class stays where it was', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene)
    await fail(machines[0]!)
    const back = (await machines[0]!.claim())!
    expect(back.steps[0]).toMatchObject({ kind: 'deploy', version: 1 })
    await machines[0]!.finish(back)
    const over = await steer(scene, first, 'pause')
    expect(standing(over)).toBe('stopped: returned waiting waiting waiting')
    expect(over.nodes[0]?.reason).toContain('the disk is too small')
    expect(await machines[1]!.claim()).toBeUndefined()
    expect((await scene.operator<NodeClassView>('GET', '/classes/web')).body.behind).toEqual([])

    expect(standing(await steer(scene, first, 'resume'))).toBe('running: returned moving moving waiting')
  })

  it('that is aborted puts back those that moved', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene)
    await machines[0]!.finish((await machines[0]!.claim())!)
    await later(scene, first)
    expect(standing(await steer(scene, first, 'abort'))).toMatch(/^aborting: returning moving moving waiting/)
    for (const machine of machines.slice(0, 3)) {
      for (let assignment = await machine.claim(); assignment !== undefined; assignment = await machine.claim())
        await machine.finish(assignment)
    }
    const { body: over } = await scene.operator<RollOutView>('GET', `/roll-outs/${first.id}`)
    expect(standing(over)).toBe('aborted: returned returned returned waiting')
    expect((await scene.operator<NodeClassView>('GET', '/classes/web')).body.behind).toEqual([])
    expect((await scene.operator('POST', `/roll-outs/${first.id}/resume`)).body).toMatchObject({ code: 'ROLL_OUT_OVER' })
  })

  it('goes on after the appliance died, with one job for each node', async () => {
    const { scene, machines } = await fourNodes()
    await using _scene = scene
    const { body: first } = await begin(scene)
    await scene.killAndBegin()
    await later(scene, first)
    await machines[0]!.finish((await machines[0]!.claim())!)
    await scene.killAndBegin()
    expect(standing(await later(scene, first))).toBe('running: good moving moving waiting')
    const { body } = await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')
    const own = body.jobs.filter(({ by }) => by?.startsWith('roll-out'))
    expect(own.map(({ request }) => request.node).sort()).toEqual([...new Set(own.map(({ request }) => request.node))].sort())
  })

  it('tells before it begins how many machines and bytes move', async () => {
    const { scene } = await fourNodes()
    await using _scene = scene
    const { body } = await scene.operator<{ moves: object[]; bytes: number }>('POST', '/classes/web/roll-out-plans', {
      image: 'tiny',
      version: 2,
    })
    expect(body.moves).toHaveLength(4)
    expect(body.bytes).toBeGreaterThan(0)
  })
})
