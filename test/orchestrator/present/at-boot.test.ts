// What a node's own disk proved decides where its next boot goes, and what its running system is told while it starts.
import { describe, expect, it } from 'vitest'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { Enforce } from '../../../src/contract/wanted.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

const NOTHING_TO_STAY_FOR = 'platen.idle=reboot'

/** Node 1 has version 1 of tiny on its disk, as its class wants it, and has proven it. */
async function site(enforce: Enforce): Promise<{ scene: OrchestratorScene; machine: SceneMachine }> {
  const scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  await captureTiny(scene, machine, 2)
  await scene.post({ kind: 'deploy', image: 'tiny', version: 1, node: machine.nodeName })
  await machine.finish((await machine.claim())!)
  await want(scene, enforce, 1)
  return { scene, machine }
}

const want = (scene: OrchestratorScene, enforce: Enforce, version: number) =>
  scene.operator('PUT', '/classes/web', { selector: { names: ['node-1'] }, runs: [{ image: 'tiny', version }], enforce })
const presentOf = async (scene: OrchestratorScene) => (await scene.operator<NodeView>('GET', '/nodes/node-1')).body.present

/** Of its next boot. */
function goes(scene: OrchestratorScene): string {
  const answer = scene.orchestrator.bootAnswer(bootClientOf(1))
  if (answer.kind !== 'boot-os') return answer.kind
  return answer.kernelArguments.includes(NOTHING_TO_STAY_FOR) ? 'to look' : 'to work'
}

async function says(scene: OrchestratorScene, text: string): Promise<string> {
  const secret = await scene.rooms.access.nodeCredentials.issue((await scene.operator<NodeView>('GET', '/nodes/node-1')).body.id)
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'text/plain' }
  return (await scene.app.inject({ method: 'POST', url: '/node/v1/present', headers, payload: text })).body.trim()
}

describe('the next boot', () => {
  it.each<{
    name: string
    enforce: Enforce
    change: (scene: OrchestratorScene, machine: SceneMachine) => Promise<unknown>
    want: string
  }>([
    { name: 'of a node that is right', enforce: 'at-boot', change: async () => {}, want: 'local-disk' },
    { name: 'when the class moved', enforce: 'at-boot', change: (scene) => want(scene, 'at-boot', 2), want: 'to look' },
    {
      name: 'when it moved and nobody enforces it',
      enforce: 'report',
      change: (scene) => want(scene, 'report', 2),
      want: 'local-disk',
    },
    {
      name: 'when a person asks for the proof',
      enforce: 'off',
      change: (scene) => scene.operator('POST', '/nodes/node-1/prove'),
      want: 'to look',
    },
    {
      name: 'when its running system read an edited record',
      enforce: 'at-boot',
      change: (scene, machine) => says(scene, `boot b-1\nrecord ${machine.disk!.text.replace('":1', '":2')}\n`),
      want: 'to look',
    },
    {
      name: 'when its running system is on a copied disk',
      enforce: 'at-boot',
      change: (scene, machine) => says(scene, `boot b-1\ndisk serial OTHER\nrecord ${machine.disk!.text}\n`),
      want: 'to look',
    },
  ])('$name goes $want', async ({ enforce, change, want: way }) => {
    const { scene, machine } = await site(enforce)
    await using _scene = scene
    await change(scene, machine)
    expect(goes(scene)).toBe(way)
  })

  it.each([
    {
      name: 'is edited',
      edit: ({ text, disk }: NonNullable<SceneMachine['disk']>) => ({ text: text.replace('":1', '":2'), disk }),
      record: 'edited',
    },
    {
      name: 'is on a copied disk',
      edit: ({ text }: NonNullable<SceneMachine['disk']>) => ({ text, disk: { ids: ['serial DISK-99'], tableId: 'aaaa' } }),
      record: 'copied-disk',
    },
    { name: 'is gone', edit: () => undefined, record: 'missing' },
  ])('of a machine whose record $name is a look, a repair, and then its disk', async ({ edit, record }) => {
    const { scene, machine } = await site('at-boot')
    await using _scene = scene
    await scene.operator('POST', '/nodes/node-1/prove')
    expect(goes(scene)).toBe('to look')
    const looking = await scene.boot(1)
    looking.disk = edit(machine.disk!)
    await looking.prove()
    expect(await presentOf(scene)).toMatchObject({ record })
    const repair = (await looking.claim())!
    expect(repair).toMatchObject({ kind: 'deploy', steps: [{ imageName: 'tiny', version: 1 }, {}, {}, {}] })
    await looking.finish(repair)
    expect(await presentOf(scene)).toMatchObject({ record: 'good', image: { version: 1 } })
    expect(await looking.claim()).toBeUndefined()
    expect(goes(scene)).toBe('local-disk')
  })

  it('is a look at most three times when the agent proves nothing', async () => {
    const { scene } = await site('off')
    await using _scene = scene
    await scene.operator('POST', '/nodes/node-1/prove')
    expect([goes(scene), goes(scene), goes(scene), goes(scene)]).toEqual(['to look', 'to look', 'to look', 'local-disk'])
  })
})

describe('a running system', () => {
  it.each([
    { name: 'that is right', version: 1, starting: true, want: 'go-on' },
    { name: 'that starts with another version than wanted', version: 2, starting: true, want: 'restart it has tiny version 1' },
    { name: 'that is in use', version: 2, starting: false, want: 'go-on' },
  ])('$name is told: $want', async ({ version, starting, want: order }) => {
    const { scene, machine } = await site('at-boot')
    await using _scene = scene
    await want(scene, 'at-boot', version)
    const words = `boot b-1\n${starting ? 'starting yes\n' : ''}record ${machine.disk!.text}\n`
    expect(await says(scene, words)).toBe(order)
  })

  it('is not restarted for ever when it never comes over the network', async () => {
    const { scene, machine } = await site('at-boot')
    await using _scene = scene
    await want(scene, 'at-boot', 2)
    const told: string[] = []
    for (const boot of ['b-1', 'b-1', 'b-2', 'b-3', 'b-4'])
      told.push((await says(scene, `boot ${boot}\nstarting yes\nrecord ${machine.disk!.text}\n`)).split(' ')[0]!)
    expect(told).toEqual(['restart', 'restart', 'restart', 'go-on', 'go-on'])
  })
})
