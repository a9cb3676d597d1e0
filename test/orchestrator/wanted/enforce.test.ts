// What nodes should run comes to them by itself, over HTTP with machines that speak: first boot, differences, never a loop, the way back.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { JobView } from '../../../src/contract/job.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { MovePlan, NodeHistory, NodeWanted, Wanted } from '../../../src/contract/wanted.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

/** Node 1 built versions 1 and 2 of tiny; class web is whoever carries the tag, and a rule gives it to all that come. */
async function site(wanted: Wanted): Promise<OrchestratorScene> {
  const scene = await OrchestratorScene.open()
  const builder = await scene.approved(1)
  await captureTiny(scene, builder, 1)
  await captureTiny(scene, builder, 2)
  await setClass(scene, wanted)
  await scene.operator('POST', '/approval-rules', { macPrefixes: ['52:54'], tags: ['web'] })
  return scene
}

const setClass = (scene: OrchestratorScene, wanted: Wanted) =>
  scene.operator('PUT', '/classes/web', { selector: { tags: ['web'] }, ...wanted })
const wantedOf = async (scene: OrchestratorScene, node: string) =>
  (await scene.operator<NodeWanted>('GET', `/nodes/${node}/wanted`)).body
const nodeOf = async (scene: OrchestratorScene, node: string) => (await scene.operator<NodeView>('GET', `/nodes/${node}`)).body
const jobsOf = async (scene: OrchestratorScene, node: string) => {
  const { body } = await scene.operator<{ jobs: JobView[] }>('GET', '/jobs')
  return body.jobs.filter(({ request }) => request.node === node)
}

async function failWith(machine: SceneMachine, code: string): Promise<void> {
  const assignment = (await machine.claim())!
  const failure = { code, message: 'the disk holds a filesystem', hint: 'look' }
  await machine.report(assignment, 0, { outcome: 'failed', failure })
}

describe('at-first-boot', () => {
  it('a blank machine that a rule approves gets the version of its class, and nothing further', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'at-first-boot' })
    const machine = await scene.boot(2)
    const assignment = (await machine.claim())!
    expect(assignment.kind).toBe('deploy')
    expect(assignment.steps[0]).toMatchObject({ imageName: 'tiny', version: 1 })
    await machine.finish(assignment)
    expect((await scene.job(assignment.jobId)).by).toBe('wanted')

    await setClass(scene, { runs: [{ image: 'tiny', version: 2 }], enforce: 'at-first-boot' })
    expect(await machine.claim()).toBeUndefined()
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('local-disk')
    expect(await wantedOf(scene, machine.nodeName)).toMatchObject({
      runs: { from: 'class web' },
      difference: { kind: 'image', words: 'tiny version 1' },
      standing: 'nothing happens by itself: it has had its first boot',
    })
  })

  it('an x64 and an arm64 machine of one class get a version each, and neither that of the other', async () => {
    await using scene = await site({ runs: [{ image: 'tiny' }], enforce: 'off' })
    await scene.operator('PUT', '/images/tiny/versions/2/facts', { architecture: 'arm64', firmware: ['uefi'] })
    const entry = (architecture: 'x64' | 'arm64') => ({ architecture, image: 'tiny' })
    await setClass(scene, { runs: [entry('x64'), entry('arm64')], enforce: 'at-first-boot' })
    const machines = [await scene.boot(2), await scene.boot(3, { architecture: 'arm64', firmware: 'uefi' })]
    const versions: (number | undefined)[] = []
    for (const machine of machines) {
      const assignment = (await machine.claim())!
      versions.push(assignment.steps[0]?.kind === 'deploy' ? assignment.steps[0].version : undefined)
      await machine.finish(assignment)
    }
    expect(versions).toEqual([1, 2])
    expect((await scene.operator('GET', '/classes/web')).body).toMatchObject({ behind: [] })
    const other = await scene.operator('POST', '/jobs', {
      kind: 'deploy',
      node: machines[1]!.nodeName,
      image: 'tiny',
      version: 1,
    })
    expect(other.body).toMatchObject({ code: 'IMAGE_ARCHITECTURE_DIFFERS' })
  })

  it('a machine that a person approves while it waits for that boots into the boot OS', async () => {
    await using scene = await site({ runs: [{ image: 'tiny' }], enforce: 'at-first-boot' })
    await scene.operator(
      'DELETE',
      `/approval-rules/${(await scene.operator<{ rules: { id: string }[] }>('GET', '/approval-rules')).body.rules[0]!.id}`,
    )
    await scene.boot(2)
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('wait')
    await scene.operator('POST', '/nodes/node-2/approve', { tags: ['web'] })
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('boot-os')
  })

  it('data that this system did not put there stays: refused twice, and the machine is held with the reason', async () => {
    await using scene = await site({ runs: [{ image: 'tiny' }], enforce: 'at-first-boot' })
    const machine = await scene.boot(2)
    await failWith(machine, 'AGENT_DISK_HAS_DATA')
    await failWith(machine, 'AGENT_DISK_HAS_DATA')
    expect(await machine.claim()).toBeUndefined()
    const node = await nodeOf(scene, machine.nodeName)
    expect(node).toMatchObject({
      state: 'held',
      holdReason: expect.stringMatching(/2 jobs for tiny version 2 did not make it right.*AGENT_DISK_HAS_DATA/),
    })
    expect(await jobsOf(scene, machine.nodeId)).toHaveLength(2)
    await scene.operator('POST', `/nodes/${machine.nodeName}/release`)
    expect(await machine.claim()).toMatchObject({ kind: 'deploy' })
  })
})

describe('at-boot', () => {
  it('a class that moves changes its nodes at their next boot, and only once', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'at-boot' })
    const machine = await scene.boot(2)
    await machine.finish((await machine.claim())!)
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('local-disk')

    await setClass(scene, { runs: [{ image: 'tiny', version: 2 }], enforce: 'at-boot' })
    expect(await jobsOf(scene, machine.nodeId)).toHaveLength(1)
    const again = await scene.boot(2)
    await again.finish((await again.claim())!)
    expect(await again.claim()).toBeUndefined()
    expect(scene.orchestrator.bootAnswer(bootClientOf(2)).kind).toBe('local-disk')
    expect(await wantedOf(scene, machine.nodeName)).toMatchObject({ difference: { kind: 'none' } })
    expect((await jobsOf(scene, machine.nodeId)).map(({ request, state }) => [request.version, state])).toEqual([
      [2, 'succeeded'],
      [1, 'succeeded'],
    ])
  })

  it('what waits for a node that wants something else now is dropped, not deployed', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'at-boot' })
    const machine = await scene.boot(2)
    const first = (await machine.claim())!
    await scene.operator('POST', `/nodes/${machine.nodeName}/reclaim`, { reason: 'test' })
    await scene.operator('POST', `/nodes/${machine.nodeName}/release`)
    await setClass(scene, { runs: [{ image: 'tiny', version: 2 }], enforce: 'at-boot' })
    const next = (await machine.claim())!
    expect(next.jobId).not.toBe(first.jobId)
    expect(next.steps[0]).toMatchObject({ version: 2 })
    expect(await scene.job(first.jobId)).toMatchObject({ state: 'cancelled' })
  })

  it('survives a crash right after a try was counted', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'at-boot' })
    const machine = await scene.boot(2)
    await failWith(machine, 'AGENT_DISK_HAS_DATA')
    await scene.killAndBegin()
    await failWith(machine, 'AGENT_DISK_HAS_DATA')
    await scene.killAndBegin()
    expect(await machine.claim()).toBeUndefined()
    expect(await nodeOf(scene, machine.nodeName)).toMatchObject({ state: 'held' })
  })
})

describe('a node of its own mind', () => {
  it('is told over its class, with where each comes from, and left to it again', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'report', features: ['web'] })
    const machine = await scene.boot(2)
    const put = (wanted: Wanted) => scene.operator<NodeWanted>('PUT', `/nodes/${machine.nodeName}/wanted`, wanted)
    expect((await put({ runs: [{ image: 'tiny', version: 9 }] })).body).toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
    await scene.operator('PUT', '/images/tiny/versions/2/facts', { features: ['web'] })
    expect((await put({ runs: [{ image: 'tiny' }] })).body).toMatchObject({
      runs: { from: `node ${machine.nodeName}` },
      features: [{ name: 'web', from: 'class web' }],
      resolved: { image: { name: 'tiny', version: 2 } },
    })
    expect((await put({})).body).toMatchObject({
      difference: { kind: 'unmet' },
      candidates: [{ lost: 'version 1 is named' }, { lost: expect.stringMatching(/feature web/) }],
    })
  })
})

describe('the way back', () => {
  it('a node runs what it ran before, says what moves, and its history says who asked', async () => {
    await using scene = await site({ runs: [{ image: 'tiny', version: 1 }], enforce: 'at-boot' })
    const machine = await scene.boot(2)
    await machine.finish((await machine.claim())!)
    const back = (body: object) => scene.operator<JobView>('POST', '/nodes/node-2/roll-back', body)
    expect((await back({})).body).toMatchObject({ code: 'NODE_RAN_NOTHING_ELSE' })
    await setClass(scene, { runs: [{ image: 'tiny', version: 2 }], enforce: 'at-boot' })
    await machine.finish((await machine.claim())!)

    const { body: plan } = await scene.operator<MovePlan>('GET', '/nodes/node-2/roll-back')
    expect(plan.moves).toMatchObject([{ node: 'node-2', from: { version: 2 }, to: { version: 1 } }])
    expect(plan.bytes).toBeGreaterThan(0)
    expect((await back({})).status).toBe(201)
    await machine.finish((await machine.claim())!)
    expect(await machine.claim()).toBeUndefined()
    const { body: history } = await scene.operator<Static<typeof NodeHistory>>('GET', '/nodes/node-2/history')
    expect(history.ran.map(({ version, by, to }) => [version, by, to === undefined])).toEqual([
      [1, 'a roll-back', true],
      [2, 'wanted', false],
      [1, 'wanted', false],
    ])
  })

  it('a class goes back as a whole, when its count is right, and is pinned there', async () => {
    await using scene = await site({ runs: [{ image: 'tiny' }], enforce: 'at-boot' })
    const machines = [await scene.boot(2), await scene.boot(3)]
    for (const machine of machines) await machine.finish((await machine.claim())!)
    const back = (body: object) => scene.operator<{ jobs: JobView[] }>('POST', '/classes/web/roll-back', body)
    expect((await back({ nodes: 1 })).body).toMatchObject({ code: 'NODE_CLASS_COUNT_DISAGREES' })
    expect((await back({ nodes: 2, to: 7 })).body).toMatchObject({ code: 'IMAGE_VERSION_NOT_FOUND' })
    expect((await back({ nodes: 2 })).body.jobs).toHaveLength(2)
    for (const machine of machines) await machine.finish((await machine.claim())!)
    expect((await scene.operator('GET', '/classes/web')).body).toMatchObject({
      runs: [{ image: 'tiny', version: 1 }],
      behind: [],
    })
    expect((await scene.operator<MovePlan>('GET', '/classes/web/roll-back?to=1')).body.moves).toEqual([])
  })
})

describe('packages', () => {
  const packages = (names: readonly string[]) => ({ runs: [{ image: 'tiny' }], packages: names.map((name) => ({ name })) })

  it('come with the image, and alone when only they differ', async () => {
    await using scene = await site({ runs: [{ image: 'tiny' }], enforce: 'report' })
    for (const name of ['agent', 'lib']) {
      mkdirSync(join(scene.dataDir, 'packages', name), { recursive: true })
      writeFileSync(join(scene.dataDir, 'packages', name, 'package.yaml'), `name: ${name}\nversion: 1.0.0\norder: semver\n`)
    }
    await scene.killAndBegin()
    await expect.poll(async () => (await scene.operator<{ packages: object[] }>('GET', '/packages')).body.packages.length).toBe(2)
    await setClass(scene, { ...packages(['agent']), enforce: 'at-boot' })
    const machine = await scene.boot(2)
    const first = (await machine.claim())!
    expect(first.steps.map(({ kind }) => kind)).toContain('packages')
    await machine.finish(first)
    expect(await machine.claim()).toBeUndefined()

    await setClass(scene, { ...packages(['lib']), enforce: 'at-boot' })
    expect((await wantedOf(scene, machine.nodeName)).difference).toMatchObject({
      kind: 'packages',
      words: 'agent 1.0.0 goes, lib 1.0.0 comes',
    })
    const second = (await machine.claim())!
    expect(second.kind).toBe('packages')
    expect(second.steps.map(({ kind }) => kind)).not.toContain('deploy')
    await machine.finish(second)
    expect(await machine.claim()).toBeUndefined()
    expect(await wantedOf(scene, machine.nodeName)).toMatchObject({ difference: { kind: 'none' } })
  })
})
