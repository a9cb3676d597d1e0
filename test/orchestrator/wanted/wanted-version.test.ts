// Which version an entry means, for which machines, and what older appliances kept.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NodeClassView } from '../../../src/contract/operator-api.ts'
import type { WantedImage } from '../../../src/contract/wanted.ts'
import type { NodeClassRecord } from '../../../src/orchestrator/node/classes.ts'
import { upgradeClasses } from '../../../src/orchestrator/wanted/upgrade.ts'
import { entryFor, wantedVersion } from '../../../src/orchestrator/wanted/wanted-version.ts'
import { lowdbState } from '../../../src/store/index.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

const IMAGES = [
  {
    name: 'debian',
    versions: [
      { version: 1, tags: ['stable'] },
      { version: 2, tags: [], architecture: 'x64', firmware: ['uefi'] },
      { version: 3, tags: [], architecture: 'arm64' },
    ],
  },
] as const
const images = structuredClone(IMAGES) as unknown as Parameters<typeof wantedVersion>[1]

describe('an entry means', () => {
  it.each<{ says: string; entry: WantedImage; machine?: Parameters<typeof wantedVersion>[2]; want: number | undefined }>([
    { says: 'the newest, for anybody', entry: { image: 'debian' }, want: 3 },
    {
      says: 'the newest that starts there',
      entry: { image: 'debian' },
      machine: { architecture: 'x64', firmware: 'uefi' },
      want: 2,
    },
    {
      says: 'an older one for a BIOS',
      entry: { image: 'debian' },
      machine: { architecture: 'x64', firmware: 'bios' },
      want: 1,
    },
    { says: 'what its own processor type starts', entry: { architecture: 'x64', image: 'debian' }, want: 2 },
    { says: 'the version that it names', entry: { image: 'debian', version: 1 }, want: 1 },
    {
      says: 'nothing where that does not start',
      entry: { image: 'debian', version: 3 },
      machine: { architecture: 'x64' },
      want: undefined,
    },
    { says: 'the version with the tag', entry: { image: 'debian', tag: 'stable' }, want: 1 },
    { says: 'nothing by a tag that nothing carries', entry: { image: 'debian', tag: 'canary' }, want: undefined },
    { says: 'nothing by an image that is gone', entry: { image: 'ubuntu' }, want: undefined },
  ])('$says', ({ entry, machine, want }) => {
    expect(wantedVersion(entry, images, machine)?.version).toBe(want)
  })

  it('the one that names the processor type rather than the one for all others', () => {
    const runs = [{ image: 'any' }, { architecture: 'arm64', image: 'arm' }] as const
    expect([entryFor(runs, 'arm64')?.image, entryFor(runs, 'x64')?.image]).toEqual(['arm', 'any'])
  })
})

describe('a class of two processor types', () => {
  it('deploys to each node what its own type runs, or to none', async () => {
    await using scene = await OrchestratorScene.open()
    const builder = await scene.approved(1)
    await captureTiny(scene, builder, 1)
    await captureTiny(scene, builder, 2)
    const say = (version: number, facts: object) => scene.operator('PUT', `/images/tiny/versions/${version}/facts`, facts)
    expect(await scene.operator('GET', '/images/tiny/versions/2')).toMatchObject({ body: { architecture: 'x64' } })
    await say(2, { architecture: 'arm64' })
    await scene.approved(2)
    await scene.approved(3, { architecture: 'arm64', firmware: 'uefi' })
    for (const name of ['node-2', 'node-3']) await scene.operator('PATCH', `/nodes/${name}`, { tags: ['web'] })
    const set = (runs: object[]) => scene.operator<NodeClassView>('PUT', '/classes/web', { selector: { tags: ['web'] }, runs })

    await set([{ architecture: 'x64', image: 'tiny' }])
    const one = await scene.operator('POST', '/classes/web/deploy', { nodes: 2 })
    expect(one.body).toMatchObject({ code: 'NODE_CLASS_WANTS_NOTHING' })
    const forced = await scene.operator('POST', '/classes/web/deploy', { nodes: 2, image: 'tiny', version: 1 })
    expect(forced).toMatchObject({ status: 409, body: { code: 'IMAGE_ARCHITECTURE_DIFFERS' } })
    expect(
      (await scene.operator<{ jobs: { state: string }[] }>('GET', '/jobs')).body.jobs.some(({ state }) => state === 'queued'),
    ).toBe(false)

    const both = await set([
      { architecture: 'x64', image: 'tiny' },
      { architecture: 'arm64', image: 'tiny' },
    ])
    expect(both.body.means.map(({ version }) => version)).toEqual([1, 2])
    const answer = await scene.operator<{ jobs: { request: { version: number } }[] }>('POST', '/classes/web/deploy', { nodes: 2 })
    expect(answer.body.jobs.map(({ request }) => request.version)).toEqual([1, 2])
    expect((await set([{ image: 'tiny' }, { image: 'tiny', tag: 'a' }])).body).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('is what an older appliance kept of one image, written anew in place', async () => {
    await using scene = await OrchestratorScene.open()
    const store = await lowdbState(join(scene.dataDir, 'older'), scene.log).collection<NodeClassRecord>('classes')
    const old = { id: 'web', name: 'web', selector: { tags: ['web'] }, runs: { image: 'tiny', tag: 'stable' } }
    await store.put(old as unknown as NodeClassRecord)
    await upgradeClasses(store)
    await upgradeClasses(store)
    expect([...store.values()]).toMatchObject([{ runs: [{ image: 'tiny', tag: 'stable' }] }])
  })
})
