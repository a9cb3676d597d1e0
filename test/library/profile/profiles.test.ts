// The watched folder through the HTTP API: what is dropped comes into force, what is wrong is told and changes nothing.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ProfileView } from '../../../src/contract/profile.ts'
import { OrchestratorScene, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'

const check = async (scene: OrchestratorScene, name: string): Promise<ProfileView> =>
  (await scene.operator<ProfileView>('POST', `/profiles/${name}/check`)).body

describe('the folder', () => {
  it('a new file content is a new revision; the same content is the same one', async () => {
    await using scene = await OrchestratorScene.open()
    const first = await check(scene, 'tiny')
    expect(first).toMatchObject({ name: 'tiny', architecture: 'x64', imageName: 'tiny', problems: [] })
    scene.dropFile('tiny/finish.sh', '#!/bin/sh\necho changed\n')
    const second = await check(scene, 'tiny')
    expect(second.revision).not.toBe(first.revision)
    scene.dropFile('tiny/finish.sh', '#!/bin/sh\n')
    expect((await check(scene, 'tiny')).revision).toBe(first.revision)
  })

  it('a mistake is told with file and line, and the good revision stays in force, after a kill too', async () => {
    await using scene = await OrchestratorScene.open()
    const good = await check(scene, 'tiny')
    scene.dropFile('tiny/profile.yaml', TINY_PROFILE.replace('ext4', 'ext5'))
    const problems = [
      {
        file: 'profile.yaml',
        line: 5,
        reason: expect.stringContaining('must be one of ext4, fat32, xfs, btrfs, ntfs, exfat, swap'),
      },
    ]
    expect(await check(scene, 'tiny')).toMatchObject({ revision: good.revision, problems })
    await scene.killAndBegin()
    expect(await check(scene, 'tiny')).toMatchObject({ revision: good.revision, problems })
    expect((await scene.post({ kind: 'build', profile: 'tiny' })).profileRevision).toBe(good.revision)
  })

  it('a component that is not made yet', async () => {
    await using scene = await OrchestratorScene.open()
    const made = 'components:\n  - { name: base, file: build/base.tar, make: make-base.sh }\n'
    scene.dropFile('big/profile.yaml', TINY_PROFILE.replace('name: tiny', 'name: big').replace('root.tar', 'base') + made)
    scene.dropFile('big/finish.sh', '')
    const reason = 'component base: build/base.tar is not made yet; run: platen profile prepare big'
    expect(await check(scene, 'big')).toEqual({ name: 'big', problems: [{ file: 'profile.yaml', line: 8, reason }] })
    const refused = await scene.operator('POST', '/jobs', { kind: 'build', profile: 'big' })
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'PROFILE_INVALID', message: expect.stringContaining('platen profile prepare big') },
    })
    scene.dropFile('big/build/base.tar', 'made')
    expect(await check(scene, 'big')).toMatchObject({ problems: [], imageName: 'tiny' })
  })

  it('is looked at again and again, and loads what has stopped changing', async () => {
    await using scene = await OrchestratorScene.open()
    const loaded = Promise.withResolvers<string>()
    scene.rooms.events.subscribe((event) => event.type === 'profile.loaded' && loaded.resolve(event.name))
    scene.dropFile('tiny/finish.sh', '#!/bin/sh\necho changed\n')
    const moved = setInterval(() => scene.clock.advance(2000), 5)
    expect(await loaded.promise).toBe('tiny')
    clearInterval(moved)
  })
})

describe('files of a revision', () => {
  it('go when neither a job nor the newest revisions need them', async () => {
    await using scene = await OrchestratorScene.open()
    const files = () => readdirSync(join(scene.dataDir, 'profile-files')).length
    const revisions = () => readdirSync(join(scene.dataDir, 'profile-revisions')).length
    const job = await scene.post({ kind: 'build', profile: 'tiny' })
    for (let n = 1; n <= 6; n++) {
      scene.dropFile('tiny/root.tar', `content ${n}`)
      await check(scene, 'tiny')
    }
    // The newest three and the one that the job waits for, each with its own archive; they share the script.
    expect([revisions(), files()]).toEqual([4, 5])
    const machine = await scene.approved(1)
    expect((await machine.claim())?.profile?.revision).toBe(job.profileRevision)
    await scene.operator('POST', `/jobs/${job.id}/cancel`)
    scene.dropFile('tiny/root.tar', 'content 7')
    await check(scene, 'tiny')
    expect([revisions(), files()]).toEqual([3, 4])
  })

  it('are those that were digested, whatever lies in the folder now', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await scene.post({ kind: 'build', profile: 'tiny' })
    const { profile } = (await machine.claim())!
    scene.dropFile('tiny/root.tar', 'other files')
    await check(scene, 'tiny')
    const fetch = (path: string) =>
      scene.app.inject({
        url: `/agent/v1/profiles/tiny/${profile!.revision}/files/${path}`,
        headers: { authorization: `Bearer ${machine.token}` },
      })
    expect((await fetch('root.tar')).body).toBe('the files of an operating system')
    expect((await fetch('root.tar')).headers['content-length']).toBe('32')
    expect((await fetch('../../state/jobs.json')).statusCode).toBe(404)
    expect((await fetch('nothing')).json()).toMatchObject({ code: 'PROFILE_NOT_FOUND' })
    rmSync(join(scene.profilesDir, 'tiny'), { recursive: true })
    expect((await fetch('finish.sh')).body).toBe('#!/bin/sh\n')
    expect(readFileSync(join(scene.dataDir, 'state', 'profiles.json'), 'utf8')).toContain('tiny')
  })
})
