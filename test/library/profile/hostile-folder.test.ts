// Whatever people drop into the profiles folder costs that profile, never the start, its neighbours, or a secret of this machine.
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ProfileView } from '../../../src/contract/profile.ts'
import { OrchestratorScene, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'

const BOMB = `name: bad\nx0: &x0 [lol, lol]\n${Array.from({ length: 30 }, (_, n) => `x${n + 1}: &x${n + 1} [*x${n}, *x${n}, *x${n}, *x${n}]`).join('\n')}\n`
const profileOf = (name: string) => TINY_PROFILE.replace('name: tiny', `name: ${name}`)

interface Case {
  readonly name: string
  /** Makes the folder that is dropped. */
  readonly drop: (folder: string, outside: string) => void
  readonly reason: RegExp
}

const text = (name: string, content: string | Buffer, reason: RegExp): Case => ({
  name,
  drop: (folder) => writeFileSync(join(folder, 'profile.yaml'), content),
  reason,
})

/** A good profile but for its file root.tar. */
const file = (name: string, make: (path: string, outside: string) => void, reason: RegExp): Case => ({
  name,
  drop: (folder, outside) => {
    writeFileSync(join(folder, 'profile.yaml'), profileOf('bad'))
    writeFileSync(join(folder, 'finish.sh'), '')
    make(join(folder, 'root.tar'), outside)
  },
  reason,
})

const CASES: readonly Case[] = [
  text('aliases that mean a billion things', BOMB, /cannot be loaded|alias/i),
  text('deep nesting', '['.repeat(200_000), /./),
  text('deep maps', `${'a: {'.repeat(50_000)}`, /./),
  text('more text than any profile has', `# ${'x'.repeat(1_000_000)}\n${profileOf('bad')}`, /bytes, and 262144 are the most/),
  text('bytes that are no text', Buffer.from([0xff, 0xfe, 0, 1, 2, 0xff]), /./),
  text('nothing', '', /./),
  text('a number', '42', /./),
  text('a tag that makes objects', '!!js/function "function(){}"', /./),
  text('keys of every object', '__proto__: { name: bad }\nconstructor: 1\n', /./),
  text('a claim of another name', TINY_PROFILE, /must be the name of its folder/),
  {
    name: 'profile.yaml is a pipe that nobody writes',
    drop: (folder) => execFileSync('mkfifo', [join(folder, 'profile.yaml')]),
    reason: /is not a regular file/,
  },
  {
    name: 'profile.yaml is a folder',
    drop: (folder) => mkdirSync(join(folder, 'profile.yaml')),
    reason: /is not a regular file/,
  },
  {
    name: 'profile.yaml is a link to a good one',
    drop: (folder, outside) => {
      writeFileSync(join(outside, 'good.yaml'), profileOf('bad'))
      symlinkSync(join(outside, 'good.yaml'), join(folder, 'profile.yaml'))
    },
    reason: /links are not followed/,
  },
  file('a file is a link to a secret', (path, outside) => symlinkSync(join(outside, 'secret'), path), /links are not followed/),
  file('a file is a link to itself', (path) => symlinkSync(path, path), /links are not followed/),
  file('a file is a pipe', (path) => execFileSync('mkfifo', [path]), /is not a regular file/),
  file('a file is a device', (path) => execFileSync('mknod', [path, 'c', '1', '5']), /is not a regular file/),
  {
    name: 'a folder on the way is a link to secrets',
    drop: (folder, outside) => {
      writeFileSync(join(folder, 'profile.yaml'), profileOf('bad').replace('root.tar', 'files/secret'))
      writeFileSync(join(folder, 'finish.sh'), '')
      symlinkSync(outside, join(folder, 'files'))
    },
    reason: /lies outside of the folder/,
  },
  {
    name: 'a component is a link',
    drop: (folder, outside) => {
      const component = 'components:\n  - { name: base, file: base.tar }\n'
      writeFileSync(join(folder, 'profile.yaml'), profileOf('bad').replace('root.tar', 'base') + component)
      writeFileSync(join(folder, 'finish.sh'), '')
      symlinkSync(join(outside, 'secret'), join(folder, 'base.tar'))
    },
    reason: /links are not followed/,
  },
]

describe.each(CASES)('$name', ({ drop, reason }) => {
  it('is told while the appliance runs and at its start; the neighbour comes into force both times', async () => {
    await using scene = await OrchestratorScene.open()
    const outside = join(scene.dataDir, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'root:x:0:0')
    mkdirSync(join(scene.profilesDir, 'bad'))
    drop(join(scene.profilesDir, 'bad'), outside)
    scene.dropFile('good/profile.yaml', profileOf('good'))
    scene.dropFile('good/root.tar', 'files')
    scene.dropFile('good/finish.sh', '')
    for (const again of [false, true]) {
      if (again) await restart(scene)
      const { body: bad, status } = await scene.operator<ProfileView>('POST', '/profiles/bad/check')
      expect(status).toBe(200)
      expect(bad.revision).toBeUndefined()
      expect(bad.problems.map((problem) => problem.reason).join('\n')).toMatch(reason)
      const { body: good } = await scene.operator<ProfileView>('GET', '/profiles/good')
      expect(good).toMatchObject({ problems: [], revision: expect.any(String) })
      expect((await scene.post({ kind: 'build', profile: 'good' })).profileRevision).toBe(good.revision)
    }
  })
})

/** A kill copies the folder, which pipes and devices do not survive: this one stops and begins in the same place. */
async function restart(scene: OrchestratorScene): Promise<void> {
  await scene.rooms.stop()
  await scene.begin()
}

it('a link that stays inside is a link all the same; a hard link is a file', async () => {
  await using scene = await OrchestratorScene.open()
  const folder = join(scene.profilesDir, 'tiny')
  writeFileSync(join(folder, 'real.tar'), 'files')
  rmSync(join(folder, 'root.tar'))
  linkSync(join(folder, 'real.tar'), join(folder, 'root.tar'))
  const { body } = await scene.operator<ProfileView>('POST', '/profiles/tiny/check')
  expect(body.problems).toEqual([])
})

it('what was remembered of the profiles is damaged: the folders come into force all the same', async () => {
  await using scene = await OrchestratorScene.open()
  truncateSync(join(scene.dataDir, 'state', 'profiles.json'), 5)
  await scene.killAndBegin()
  const { body } = await scene.operator<ProfileView>('GET', '/profiles/tiny')
  expect(body).toMatchObject({ problems: [], revision: expect.any(String) })
})
