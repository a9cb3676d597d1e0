// A central and its sites on loopback: joining, what travels, what does not, cuts, a past that went back, what comes up the tree.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildItem, FollowAppliance, itemOf, until } from '../../fakes/follow-appliance.ts'
import { HeldLine } from '../../fakes/held-line.ts'
import { chunkOf } from '../../fakes/small-image.ts'

let central: FollowAppliance
let paris: FollowAppliance
let line: HeldLine
beforeEach(async () => {
  central = await FollowAppliance.open()
  paris = await FollowAppliance.open()
  line = await HeldLine.to(() => central.port)
})
afterEach(async () => {
  await line[Symbol.asyncDispose]()
  await paris[Symbol.asyncDispose]()
  await central[Symbol.asyncDispose]()
})

async function joined(): Promise<void> {
  if (!central.needs.has('paris')) central.say('paris', [])
  const { status, body } = await paris.join(line.url, await central.code('paris'))
  expect([status, body.code]).toEqual([200, undefined])
}

const isComplete = async () => (await central.site('paris')).isComplete

describe('a blank site', () => {
  it('joins with one code and receives what its functions need, under the numbers of central', async () => {
    await central.image('web', [1, 2])
    const second = await central.image('web', [1, 3])
    const other = await central.image('secret', [9])
    central.say('paris', [central.object('function', 'web', { title: 'Web' }), itemOf(second)])
    await joined()
    await until('paris has all', isComplete)
    expect(paris.versions()).toEqual([`web 2 ${second.manifestDigest}`])
    expect(paris.library.images.find('web', 2).origin).toBe('central')
    expect(paris.objectTexts.get('function web')).toBe('{"title":"Web"}')
    expect(paris.versions().join()).not.toContain(other.manifestDigest)
    const { damaged, signatures } = await paris.library.images.verify('web', 2)
    // Who made it is known at the site; the site itself says nothing of what it only copied.
    const { keyId } = central.access.signingKey
    expect([damaged, signatures]).toEqual([[], [{ as: 'brought', keyId, standing: 'other', by: 'central' }]])
    const view = await paris.central()
    expect(view).toMatchObject({ site: 'paris', itemCount: 2, heldCount: 2, leftBytes: 0, failures: [] })
  })
})

describe('what travels', () => {
  it('of an update: only what lacks, to the sites that it concerns, and to others not one byte', async () => {
    await using lyon = await FollowAppliance.open()
    await using other = await HeldLine.to(() => central.port)
    const [web, db] = [await central.image('web', [1, 2, 3, 4]), await central.image('db', [5, 6])]
    central.say('paris', [itemOf(web)])
    central.say('lyon', [itemOf(db)])
    await joined()
    await lyon.join(other.url, await central.code('lyon'))
    await until('both have all', async () => (await isComplete()) && (await central.site('lyon')).isComplete)
    await until('lyon has told all', async () => (await lyon.central()).unreported === 0 && isQuiet(other))
    const [before, beforeOther] = [line.downBytes, other.downBytes + other.upBytes]

    const next = await central.image('web', [1, 2, 3, 7])
    central.say('paris', [itemOf(next)])
    await until('paris has the update', () => paris.versions().includes(`web 2 ${next.manifestDigest}`))
    // One chunk of forty thousand bytes that do not compress, and what is said about it.
    expect(line.downBytes - before).toBeGreaterThan(40_000)
    expect(line.downBytes - before).toBeLessThan(50_000)
    expect(other.downBytes + other.upBytes).toBe(beforeOther)
    expect(lyon.versions()).toEqual([`db 1 ${db.manifestDigest}`])
  })

  it('packages and profiles come with their files, and are what they were', async () => {
    central.drop('profiles/tiny/profile.yaml', PROFILE)
    central.drop('profiles/tiny/root.tar', 'a root '.repeat(1000))
    await central.library.profiles.look(true)
    const { revision } = central.library.profiles.inForce('tiny')
    central.say('paris', [{ kind: 'profile', name: 'tiny', version: revision, digest: revision, bytes: 7000, why: ['builds'] }])
    await joined()
    await until('paris has the profile', isComplete)
    expect(paris.library.profiles.inForce('tiny')).toEqual(central.library.profiles.inForce('tiny'))
  })
})

describe('a build of the boot OS', () => {
  const noise = (seed: number) => chunkOf(seed).subarray(0, 30_000).toString('latin1')

  it('comes by content, keeps its number, and is the one that machines boot from then on', async () => {
    const first = await central.build({ 'initrd.img': noise(1), 'agent.img': noise(2) })
    central.say('paris', [buildItem(first)])
    await joined()
    await until('paris has the build', isComplete)
    const { bootBuilds } = paris.library
    expect(bootBuilds.inUse('x64')).toMatchObject({ number: 1, digest: first.digest, artefacts: first.artefacts })
    await until('all is told', async () => (await paris.central()).unreported === 0)

    const second = await central.build({ 'initrd.img': noise(1), 'agent.img': noise(3) }, { number: 5 })
    const before = line.downBytes
    central.say('paris', [buildItem(second)])
    await until('paris has the second', () => bootBuilds.list().length === 2)
    expect(bootBuilds.inUse('x64')).toMatchObject({ number: 5, digest: second.digest })
    // One of the two files that do not compress.
    expect(line.downBytes - before).toBeGreaterThan(30_000)
    expect(line.downBytes - before).toBeLessThan(45_000)
    // A person at the site goes back: nothing puts the newer one into use again.
    await bootBuilds.use('x64', 1)
    central.say('paris', [buildItem(second), central.object('function', 'web', {})])
    await until('paris has all', () => paris.objectTexts.has('function web'))
    expect(bootBuilds.inUse('x64')?.number).toBe(1)
  })

  it('that cannot be written at the site is told, and holds up nothing else', async () => {
    const build = await central.build({})
    const web = await central.image('web', [1])
    // Where the folder of builds should be somebody put a file.
    paris.drop('boot/builds/x64', 'not a folder')
    central.say('paris', [buildItem(build), itemOf(web)])
    await joined()
    await until('the image is there', () => paris.versions().length === 1)
    expect((await paris.central()).failures).toMatchObject([{ kind: 'boot-build', name: 'x64', code: 'SITE_CONTENT_NOT_KEPT' }])
  })

  it('that is half there is not listed, and goes on where the line was cut', async () => {
    const build = await central.build({ 'initrd.img': noise(1), 'agent.img': noise(2) })
    central.say('paris', [buildItem(build)])
    line.cutAfter = 25_000
    await joined()
    await until('something came', () => line.downBytes > 25_000)
    expect(paris.library.bootBuilds.list()).toEqual([])
    await until('paris has the build', () => paris.library.bootBuilds.list().length === 1, 60)
    expect(paris.library.bootBuilds.list()[0]).toMatchObject({ digest: build.digest, number: 1 })
  })
})

const isQuiet = async (line: HeldLine): Promise<boolean> => {
  const before = line.downBytes + line.upBytes
  await new Promise((resolve) => setTimeout(resolve, 2500))
  return line.downBytes + line.upBytes === before
}

const PROFILE = `name: tiny
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
setup:
  actions:
    - extract: root.tar
capture:
  image: tiny
`

describe('a line that is cut', () => {
  it('goes on where it was: no chunk comes twice but what was under way', async () => {
    const version = await central.image('web', [1, 2, 3, 4, 5, 6, 7, 8])
    central.say('paris', [itemOf(version)])
    line.cutAfter = 130_000
    await joined()
    await until('paris has all', () => paris.versions().length === 1, 60)
    expect(paris.versions()).toEqual([`web 1 ${version.manifestDigest}`])
    expect((await paris.library.images.verify('web', 1)).damaged).toEqual([])
    // Eight chunks of forty thousand bytes.
    expect(line.downBytes).toBeLessThan(1_000_000)
  })

  it('a version that is half there is never offered, whoever asks', async () => {
    const version = await central.image('web', [1, 2, 3, 4])
    central.say('paris', [itemOf(version)])
    line.cutAfter = 60_000
    await joined()
    await until('something came', () => line.downBytes > 60_000)
    line.down()
    expect(paris.versions()).toEqual([])
    expect((await paris.ask('GET', '/images/web')).status).toBe(404)
    line.cutAfter = undefined
    line.up()
    await until('paris has all', () => paris.versions().length === 1)
  })

  it('central dies in mid-transfer and comes back: the site goes on', async () => {
    const version = await central.image('web', [1, 2, 3, 4, 5, 6, 7, 8])
    central.say('paris', [itemOf(version)], { maxBytesPerSecond: 200_000 })
    await joined()
    await until('something came', () => line.downBytes > 100_000)
    await central.die()
    expect(paris.versions()).toEqual([])
    await central.up()
    central.say('paris', [itemOf(version)])
    await until('paris has all', () => paris.versions().length === 1, 30)
    expect((await paris.library.images.verify('web', 1)).damaged).toEqual([])
  })
})
