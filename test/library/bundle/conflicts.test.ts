import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OnConflict } from '../../../src/contract/bundle.ts'
import { addPackage, bring, bundleOf, doneOf, emptyScene, furnish, install, standingsOf } from '../../fakes/bundle-scene.ts'
import { OrchestratorScene, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'
import { smallBuild } from '../../fakes/small-build.ts'

let giver: OrchestratorScene
beforeAll(async () => {
  giver = await OrchestratorScene.open()
  await furnish(giver)
})
afterAll(() => giver[Symbol.asyncDispose]())

interface Case {
  readonly name: string
  readonly select: string
  /** What is here under that name. */
  readonly here: (scene: OrchestratorScene) => Promise<unknown>
  /** How it is told. */
  readonly because: RegExp
  readonly replaced: boolean
  /** How what is here now reads. */
  readonly look: (scene: OrchestratorScene) => Promise<unknown>
  readonly theirs: unknown
  readonly ours: unknown
}

const url = async (scene: OrchestratorScene, path: string, key: string) =>
  ((await scene.operator<Record<string, unknown>>('GET', path)).body as Record<string, unknown>)[key]

const CASES: readonly Case[] = [
  {
    name: 'an image version with other content',
    select: 'image:tiny@2',
    async here(scene) {
      scene.dropFile('tiny/profile.yaml', TINY_PROFILE)
      scene.dropFile('tiny/root.tar', 'x')
      scene.dropFile('tiny/finish.sh', 'x')
      await scene.operator('POST', '/profiles/tiny/check')
      await scene.rooms.library.profiles.look(true)
      const machine = await scene.approved(7)
      await captureTiny(scene, machine, 7)
      await captureTiny(scene, machine, 8)
    },
    because: /tiny@2 is here with other content/,
    replaced: false,
    look: (scene) => url(scene, '/images/tiny/versions/2', 'jobId').then((id) => id !== undefined),
    theirs: false,
    ours: true,
  },
  ...[
    { name: 'a build of the boot OS under its number', number: 4, because: /build 4 for x64 is another one here/ },
    { name: 'builds of the boot OS with higher numbers', number: 9, because: /numbered up to 9 here: 4 is not given/ },
  ].map(({ name, number, because }) => ({
    name,
    select: 'boot-build:x64@4',
    here: async (scene: OrchestratorScene) => {
      const other = smallBuild('x64', { vmlinuz: 'a kernel of here' })
      await scene.rooms.library.bootBuilds.add(other.record, other.open, { number })
    },
    because,
    replaced: false,
    look: async (scene: OrchestratorScene) => scene.rooms.library.bootBuilds.list().map((each) => each.number),
    theirs: [4],
    ours: [number],
  })),
  {
    name: 'a package with other content',
    select: 'package:library',
    here: (scene) => addPackage(scene, 'library', '2.0.0', 'another library'),
    because: /library@2.0.0 is here with other content/,
    replaced: false,
    look: (scene) => url(scene, '/packages/library/versions/2.0.0', 'sizeBytes'),
    theirs: 'a library'.length,
    ours: 'another library'.length,
  },
  {
    name: 'a hook of another kind',
    select: 'hook:chat',
    here: (scene) => scene.operator('PUT', '/hooks/chat', { kind: 'script', events: ['job.failed'], script: 'tell' }),
    because: /hook chat is here with other content/,
    replaced: true,
    look: async (scene) =>
      (await scene.operator<{ hooks: { target: string }[] }>('GET', '/hooks')).body.hooks.map(({ target }) => target),
    theirs: ['https://site.example/in'],
    ours: ['tell'],
  },
  {
    name: 'a profile with other steps',
    select: 'profile:tiny',
    async here(scene) {
      scene.dropFile('tiny/profile.yaml', `title: mine\n${TINY_PROFILE}`)
      scene.dropFile('tiny/root.tar', 'mine')
      scene.dropFile('tiny/finish.sh', 'mine')
      await scene.rooms.library.profiles.look(true)
    },
    because: /profile tiny is here with other content/,
    replaced: true,
    look: (scene) => url(scene, '/profiles/tiny', 'title'),
    theirs: undefined,
    ours: 'mine',
  },
]

describe.each(CASES)('$name', ({ select, here, because, replaced, look, theirs, ours }) => {
  const tried = async (scene: OrchestratorScene, onConflict: OnConflict) => {
    await here(scene)
    const brought = (await bring(scene, await bundleOf(giver, select))).body
    return { brought, answer: await install(scene, brought, onConflict) }
  }

  it('is told, and refused as long as nobody decides', async () => {
    await using taker = await emptyScene()
    const { brought, answer } = await tried(taker, 'refuse')
    expect(standingsOf(brought).some((line) => line.endsWith('conflict'))).toBe(true)
    expect(brought.entries.map(({ because: why }) => why).join()).toMatch(because)
    expect([answer.status, answer.body.code]).toEqual([409, 'BUNDLE_CONFLICT'])
    expect(answer.body.detail).toMatch(because)
    expect(await look(taker)).toEqual(ours)
  })

  it('stays with keep', async () => {
    await using taker = await emptyScene()
    const { answer } = await tried(taker, 'keep')
    expect(doneOf(answer.body).some((line) => line.endsWith(': kept'))).toBe(true)
    expect(await look(taker)).toEqual(ours)
  })

  it(replaced ? 'is put aside with replace' : 'never changes, so replace is refused', async () => {
    await using taker = await emptyScene()
    const { answer } = await tried(taker, 'replace')
    expect(answer.status).toBe(replaced ? 200 : 409)
    expect(await look(taker)).toEqual(replaced ? theirs : ours)
  })
})

it('what was replaced lies aside, whole and for nobody else to read', async () => {
  await using taker = await emptyScene()
  await taker.operator('PUT', '/hooks/chat', {
    kind: 'webhook',
    events: ['job.failed'],
    url: 'http://here',
    secret: 'our-own-secret',
  })
  const brought = (await bring(taker, await bundleOf(giver, 'hook:chat'))).body
  const { aside } = (await install(taker, brought, 'replace')).body
  const path = join(aside!, 'hook.chat.json')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ secret: 'our-own-secret' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

it('a profile that was replaced lies beside the new one', async () => {
  await using taker = await emptyScene()
  taker.dropFile('tiny/profile.yaml', 'mine')
  const brought = (await bring(taker, await bundleOf(giver, 'profile:tiny'))).body
  await install(taker, brought, 'replace')
  const [before] = readdirSync(taker.profilesDir).filter((name) => name.startsWith('.tiny.before-'))
  expect(readFileSync(join(taker.profilesDir, before!, 'profile.yaml'), 'utf8')).toBe('mine')
})

it('a version that was removed here may come back, another one may not have its number', async () => {
  await using taker = await emptyScene()
  const theirs = await bundleOf(giver, 'image:tiny@1')
  await install(taker, (await bring(taker, theirs)).body)
  expect((await taker.operator('DELETE', '/images/tiny/versions/1')).status).toBe(204)
  expect(doneOf((await install(taker, (await bring(taker, theirs)).body)).body)).toEqual(['image tiny@1: installed'])

  await using other = await emptyScene()
  await CASES[0]!.here(other)
  expect((await other.operator('DELETE', '/images/tiny/versions/1')).status).toBe(204)
  const { entries } = (await bring(other, theirs)).body
  expect(entries[0]).toMatchObject({ standing: 'conflict', because: expect.stringContaining('numbers are not given twice') })
})

it('a tag brings the version that it stands on', async () => {
  await using taker = await emptyScene()
  const brought = (await bring(taker, await bundleOf(giver, 'tag:tiny:stable'))).body
  expect(standingsOf(brought)).toEqual(['image tiny@2: new', 'tag tiny:stable: new'])
})
