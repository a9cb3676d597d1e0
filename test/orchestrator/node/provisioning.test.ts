// Hooks that must agree before a node enters and leaves provisioning: real scripts, over the HTTP API of agents and operators.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

const EVENTS = ['node.entering-provisioning', 'node.entered-provisioning', 'node.leaving-provisioning', 'node.left-provisioning']

/** A script hook that notes each event, and says no as long as a file `no` lies beside its notes. */
async function withHook() {
  const scene = await OrchestratorScene.open()
  const folder = join(scene.dataDir, 'hooks')
  mkdirSync(folder)
  const script = join(folder, 'vlan')
  writeFileSync(script, `#!/bin/sh\ncat > /dev/null\necho "$PLATEN_EVENT" >> ${folder}/notes\n[ ! -e ${folder}/no ]\n`)
  chmodSync(script, 0o755)
  await scene.operator('PUT', '/hooks/vlan', { kind: 'script', script: 'vlan', events: EVENTS })
  const machine = await scene.approved(1)
  const notes = () => (existsSync(join(folder, 'notes')) ? readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n') : [])
  return {
    scene,
    machine,
    notes,
    refuse: () => writeFileSync(join(folder, 'no'), ''),
    agree: () => rmSync(join(folder, 'no')),
    /** Lets pauses between tries pass until the answer is there. */
    async patiently<T>(answer: Promise<T>): Promise<T> {
      let isThere = false
      const settled = answer.finally(() => {
        isThere = true
      })
      settled.catch(() => undefined)
      await vi.waitFor(
        () => {
          scene.clock.advance(500)
          expect(isThere).toBe(true)
        },
        { interval: 20, timeout: 20_000 },
      )
      return settled
    },
  }
}

const nodeNow = async (scene: OrchestratorScene): Promise<NodeView> =>
  (await scene.operator<NodeView>('GET', '/nodes/node-1')).body

describe('provisioning', () => {
  it('is entered before the first job and left before the disk, and both are told', async () => {
    const { scene, machine, notes } = await withHook()
    await using _scene = scene
    await scene.post({ kind: 'build', profile: 'tiny' })
    const first = (await machine.claim())!
    expect(notes()[0]).toBe('node.entering-provisioning')
    await machine.finish(first)
    await scene.post({ kind: 'build', profile: 'tiny' })
    await machine.finish((await machine.claim())!)
    expect(await machine.ask('/leave', {})).toMatchObject({ status: 200, body: { mayLeave: true } })
    const wanted = EVENTS.toSorted()
    // Once for two jobs in a row. What happened after is told by the outbox, at its next look.
    await vi.waitFor(
      () => {
        scene.clock.advance(500)
        expect(notes().toSorted()).toEqual(wanted)
      },
      { interval: 20, timeout: 20_000 },
    )
  })

  it('is not entered while a hook says no: the node is held, and the job goes to another', async () => {
    const { scene, machine, refuse, patiently } = await withHook()
    await using _scene = scene
    refuse()
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    expect(await patiently(machine.claim())).toBeUndefined()
    expect(await nodeNow(scene)).toMatchObject({ state: 'held', holdReason: expect.stringContaining('hook vlan failed') })
    expect(await scene.job(job.id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('is not left while a hook says no: the machine stays, also when it comes by its boot prompt, until the hook agrees', async () => {
    const { scene, machine, refuse, agree, patiently } = await withHook()
    await using _scene = scene
    await scene.post({ kind: 'build', profile: 'tiny' })
    await machine.finish((await machine.claim())!)
    refuse()
    expect(await patiently(machine.ask('/leave', {}))).toMatchObject({ status: 503, body: { code: 'HOOK_FAILED' } })
    expect(await nodeNow(scene)).toMatchObject({ state: 'held' })
    const atPrompt = () => scene.orchestrator.bootAnswer(bootClientOf(1)).kind
    expect(atPrompt()).toBe('wait')
    agree()
    await vi.waitFor(
      () => {
        scene.clock.advance(500)
        expect(atPrompt()).toBe('local-disk')
      },
      { interval: 20, timeout: 20_000 },
    )
  })

  it('is nothing that anybody waits for where no hook listens', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.operator('PUT', '/hooks/chat', { kind: 'script', script: 'none', events: ['job.failed'] })
    await scene.post({ kind: 'build', profile: 'tiny' })
    await machine.finish((await machine.claim())!)
    expect(scene.orchestrator.bootAnswer(bootClientOf(1)).kind).toBe('local-disk')
  })
})
