import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { BootAnswer } from '../../../src/orchestrator/boot/decision.ts'
import { macOf } from '../../fakes/inventories.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { PROVEN } from '../../fakes/proven-peer.ts'

const MINUTE = 60_000
let scene: OrchestratorScene
let machine: SceneMachine

beforeEach(async () => {
  scene = await OrchestratorScene.open()
  machine = await scene.approved(1)
})
afterEach(() => scene[Symbol.asyncDispose]())

/** What the script of a machine that was switched on says. */
function powerOn(change: { firmware?: 'bios' | 'uefi'; isAgain?: boolean } = {}): BootAnswer {
  return scene.orchestrator.bootAnswer({
    mac: macOf(1),
    systemUuid: undefined,
    firmware: 'bios',
    architecture: 'x64',
    applianceUrl: 'http://10.0.0.1:8080',
    ...PROVEN,
    ...change,
  })
}

/** What is noted goes to the disk behind the answer; a change by hand waits for all that was noted before. */
const written = () => scene.operator('PATCH', `/nodes/${machine.nodeName}`, { notes: 'written' })
const node = async () => (await scene.operator<NodeView>('GET', `/nodes/${machine.nodeName}`)).body
const wayOf = (answer: BootAnswer) => (answer.kind === 'local-disk' ? answer.methods[0] : answer.kind)

describe('a node that is sent to its disk', () => {
  it('gets the next way when it comes straight back, and keeps the one after which it stayed away', async () => {
    expect(wayOf(powerOn())).toBe('sanboot')
    scene.clock.advance(MINUTE)
    expect(wayOf(powerOn())).toBe('exit')
    scene.clock.advance(60 * MINUTE)
    expect((await node()).localBoot).toEqual({ order: ['exit', 'sanboot'], worked: 'exit', failed: ['sanboot'] })
    await written()
    await scene.killAndBegin()
    expect(wayOf(powerOn())).toBe('exit')
    expect((await node()).localBoot).toMatchObject({ worked: 'exit', failed: ['sanboot'] })
  })

  it('learns nothing from a script that asks again by itself', () => {
    powerOn()
    scene.clock.advance(MINUTE)
    expect(wayOf(powerOn({ isAgain: true }))).toBe('sanboot')
  })

  it('is sent by BootNext through the boot OS when the other ways fail', () => {
    const ways = [0, 1, 2].map(() => {
      const way = wayOf(powerOn({ firmware: 'uefi' }))
      scene.clock.advance(MINUTE)
      return way
    })
    expect(ways).toEqual(['sanboot', 'exit', 'boot-os'])
  })

  it('counts the time in the boot OS as no absence', async () => {
    await scene.operator('PATCH', `/nodes/${machine.nodeName}`, { localBoot: 'boot-next' })
    powerOn({ firmware: 'uefi' })
    scene.clock.advance(10 * MINUTE)
    await machine.claim()
    scene.clock.advance(MINUTE)
    powerOn({ firmware: 'uefi' })
    expect((await node()).localBoot).toMatchObject({ failed: ['boot-next'] })
  })

  it('goes the way that a person sets, and its record says so', async () => {
    await scene.operator('PATCH', `/nodes/${machine.nodeName}`, { localBoot: 'exit' })
    expect(wayOf(powerOn())).toBe('exit')
    expect((await node()).localBoot).toMatchObject({ pinned: 'exit', order: ['exit', 'sanboot'] })
    await scene.operator('PATCH', `/nodes/${machine.nodeName}`, { localBoot: 'auto' })
    expect((await node()).localBoot).not.toHaveProperty('pinned')
  })

  it('is a finding when it comes back whichever way it was sent', () => {
    for (let start = 0; start < 3; start++) {
      powerOn()
      scene.clock.advance(MINUTE)
    }
    expect(scene.orchestrator.diagnose()).toMatchObject([{ severity: 'problem', seen: expect.stringContaining('sanboot, exit') }])
  })
})

describe('a node that boots again and again for one job', () => {
  /** Each of these boots ends in an agent that asks for the job. Gives what the scripts said. */
  async function bootTimes(times: number): Promise<string[]> {
    const kinds: string[] = []
    for (let boot = 0; boot < times; boot++) {
      scene.clock.advance(MINUTE / 2)
      kinds.push(powerOn().kind)
      if (kinds.at(-1) !== 'boot-os') continue
      machine = await scene.boot(1)
      await machine.claim()
    }
    return kinds
  }

  it('is held with a reason, and its job stays for others', async () => {
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    expect(new Set(await bootTimes(6))).toEqual(new Set(['boot-os']))
    expect(await bootTimes(1)).toEqual(['local-disk'])
    const held = await node()
    expect(held).toMatchObject({ state: 'held', holdReason: expect.stringContaining(`booted 5 times for job ${job.id}`) })
    expect(scene.orchestrator.diagnose()).toMatchObject([
      { severity: 'problem', subject: held.name, seen: expect.stringContaining('JOB_BOOTS_TOO_OFTEN') },
    ])
    expect((await scene.job(job.id)).state).toBe('queued')
    expect((await scene.approved(2)) && powerOn().kind).toBe('local-disk')
  })

  it('is not counted for asking for its script, however often', async () => {
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    const kinds = Array.from({ length: 20 }, () => {
      scene.clock.advance(5000)
      return powerOn().kind
    })
    expect(new Set(kinds)).toEqual(new Set(['boot-os']))
    expect((await node()).state).toBe('approved')
    expect((await machine.claim())?.jobId).toBe(job.id)
  })

  it('keeps its job while its agent is at work, whoever asks for its script', async () => {
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await machine.claim())!
    for (let asked = 0; asked < 20; asked++) {
      scene.clock.advance(5000)
      powerOn()
      expect((await machine.heartbeat(assignment)).body.order).toBe('continue')
    }
    expect(await scene.job(job.id)).toMatchObject({ state: 'running', nodeName: machine.nodeName })
  })

  it('is counted across a restart of the appliance, and anew once it was released', async () => {
    await scene.post({ kind: 'build', profile: 'tiny' })
    await bootTimes(4)
    await written()
    await scene.killAndBegin()
    expect(await bootTimes(3)).toEqual(['boot-os', 'boot-os', 'local-disk'])
    await scene.operator('POST', `/nodes/${machine.nodeName}/release`)
    expect(await bootTimes(5)).toEqual(Array(5).fill('boot-os'))
  })

  it('is not held for a step that gets on, nor for a script that asks again', async () => {
    await scene.post({ kind: 'build', profile: 'tiny' })
    await bootTimes(4)
    const assignment = (await machine.claim())!
    await machine.report(assignment, 0)
    expect(new Set(await bootTimes(5))).toEqual(new Set(['boot-os']))
    expect(powerOn({ isAgain: true }).kind).toBe('boot-os')
  })
})
