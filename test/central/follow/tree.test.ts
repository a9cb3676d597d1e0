// Up the tree: what happened is told in order and once, a site's own API is asked through its line, images that it built come up; sites are moved and
// retired, and one that follows is followed.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/contract/audit.ts'
import type { SiteList } from '../../../src/contract/central/follow-api.ts'
import type { ImageView } from '../../../src/contract/image.ts'
import { FollowAppliance, itemOf, until } from '../../fakes/follow-appliance.ts'
import { HeldLine } from '../../fakes/held-line.ts'

let central: FollowAppliance
let paris: FollowAppliance
let line: HeldLine
beforeEach(async () => {
  central = await FollowAppliance.open()
  paris = await FollowAppliance.open()
  line = await HeldLine.to(() => central.port)
  central.say('paris', [])
  await paris.join(line.url, await central.code('paris'))
  await until('paris is connected', async () => (await central.site('paris')).isConnected)
})
afterEach(async () => {
  await line[Symbol.asyncDispose]()
  await paris[Symbol.asyncDispose]()
  await central[Symbol.asyncDispose]()
})

const happens = (name: string) => paris.events.emit({ type: 'package.added', name, version: '1' })
const told = async () =>
  (await central.site('paris')).journal.filter(({ what }) => what === 'package.added').map(({ about }) => about)

it('what happened while central was away is told later, in order, once, over restarts of both', async () => {
  line.down()
  for (const name of ['first', 'second', 'third']) happens(name)
  await paris.down()
  await paris.up()
  happens('fourth')
  await central.down()
  await central.up()
  central.say('paris', [])
  happens('fifth')
  line.up()
  await until('all is told', async () => (await told()).length >= 5, 40)
  // An answer that was lost makes it send again.
  line.cutAfter = 200
  happens('sixth')
  await until('it was tried', async () => (await told()).length >= 6, 40)
  line.cutAfter = undefined
  line.cut()
  await until('paris knows that it is told', async () => (await paris.central()).unreported === 0, 40)
  expect(await told()).toEqual(['sixth 1', 'fifth 1', 'fourth 1', 'third 1', 'second 1', 'first 1'])
})

describe("a site's own API through its line", () => {
  const tokenFor = async (role: string, scope?: object) =>
    (await central.ask<{ secret: string }>('POST', '/tokens', { name: `t${++made}`, role, days: 1, ...(scope && { scope }) }))
      .body.secret
  let made = 0

  it('answers as the site does, to a person with the role that central says, and both write it down', async () => {
    await paris.image('own', [7])
    const viewer = await tokenFor('viewer')
    const { status, body } = await central.ask<{ images: ImageView[] }>('GET', '/sites/paris/api/images', undefined, viewer)
    expect([status, body.images.map(({ name }) => name)]).toEqual([200, ['own']])
    const refused = await central.ask<{ code: string; message: string }>(
      'DELETE',
      '/sites/paris/api/images/own/versions/1',
      undefined,
      viewer,
    )
    expect([refused.status, refused.body.code]).toEqual([403, 'REQUEST_ROLE_TOO_LOW'])
    const operator = await tokenFor('operator')
    expect((await central.ask('DELETE', '/sites/paris/api/images/own/versions/1', undefined, operator)).status).toBe(204)
    expect(paris.versions()).toEqual([])
    expect((await central.ask<{ code: string }>('GET', '/sites/paris/api/images/nothing', undefined, viewer)).body.code).toBe(
      'IMAGE_NOT_FOUND',
    )

    const entries = async (where: FollowAppliance) => (await where.ask<{ entries: AuditEntry[] }>('GET', '/audit')).body.entries
    const [atSite, atCentral] = [await entries(paris), await entries(central)]
    const there = atSite.find(({ did, status: got }) => did === 'removeVersion' && got === 204)
    expect(there?.who).toMatchObject({ name: `t${made}`, role: 'operator', by: 'central' })
    expect(atCentral.find(({ did, status: got }) => did === 'deleteAtSite' && got === 204)?.about).toMatchObject({
      site: 'paris',
    })
    expect(atCentral.find(({ did, status: got }) => did === 'deleteAtSite' && got === 403)?.code).toBe('REQUEST_ROLE_TOO_LOW')
  })

  it('is not there for who sees other sites', async () => {
    central.say('lyon', [])
    await central.code('lyon')
    const lyon = await tokenFor('admin', { sites: ['lyon'] })
    const seen = (await central.ask<SiteList>('GET', '/sites', undefined, lyon)).body.sites.map(({ name }) => name)
    expect(seen).toEqual(['lyon'])
    for (const path of ['/sites/paris', '/sites/paris/api/images'])
      expect((await central.ask<{ code: string }>('GET', path, undefined, lyon)).body.code).toBe('SITE_NOT_FOUND')
    expect((await central.ask<{ code: string }>('POST', '/sites/paris/code', {}, lyon)).status).toBe(403)
  })

  it('hands on no logins, users and tokens, and says when the site is away', async () => {
    for (const path of ['/login', '/users', '/tokens', '/me', '/events', '/sites/x/api/users'])
      expect((await central.ask<{ code: string }>('GET', `/sites/paris/api${path}`)).body.code).toBe('SITE_REQUEST_NOT_RELAYED')
    line.down()
    await until('central knows', async () => !(await central.site('paris')).isConnected)
    expect((await central.ask<{ code: string }>('GET', '/sites/paris/api/images')).body.code).toBe('SITE_AWAY')
  })
})

it('images that a site built come up under its name when it is allowed to, and its own never meet those of central', async () => {
  const web = await central.image('web', [1, 2])
  central.say('paris', [itemOf(web)], { mayPublish: true })
  await until('paris has web', () => paris.versions().length === 1)
  // Central's chunks are not sent back, and a capture of its own cannot go under central's name.
  await expect(paris.image('web', [3], 'node-1')).rejects.toThrowError(/image web is of central/)
  const before = line.upBytes
  const built = await paris.image('kiosk', [1, 2, 4], 'node-1')
  paris.events.emit({ type: 'package.added', name: 'x', version: '1' })
  central.say('paris', [itemOf(web), central.object('function', 'kiosk', {})])
  await until('it came up', () => central.versions().includes(`paris.kiosk 1 ${built.manifestDigest}`))
  expect(line.upBytes - before).toBeGreaterThan(40_000)
  expect(line.upBytes - before).toBeLessThan(70_000)
  expect(central.library.images.find('paris.kiosk', 1).origin).toBe('paris')
})

it('an image of its own that has the name of one of central stays, and it is told', async () => {
  const own = await paris.image('web', [9])
  const theirs = await central.image('web', [1])
  const db = await central.image('db', [2])
  central.say('paris', [itemOf(theirs), itemOf(db)])
  await until('it is told', async () => (await central.site('paris')).failures.length === 1)
  expect((await central.site('paris')).failures[0]).toMatchObject({ name: 'web', code: 'SITE_NAME_TAKEN' })
  await until('the other came', () => paris.versions().length === 2)
  expect(paris.versions()).toEqual([`db 1 ${db.manifestDigest}`, `web 1 ${own.manifestDigest}`])
})

it('a retired site is served no longer, and keeps what it has', async () => {
  const web = await central.image('web', [1])
  central.say('paris', [itemOf(web)])
  await until('paris has it', () => paris.versions().length === 1)
  expect((await central.ask('POST', '/sites/paris/retire')).status).toBe(204)
  await until('paris knows', async () => (await paris.central()).lastFailure?.startsWith('SITE_REQUEST_REFUSED') === true)
  expect(paris.versions()).toHaveLength(1)
  expect((await central.site('paris')).state).toBe('retired')
})

it('central, region, site: what is offered goes down both levels, and a site that is moved keeps what it has', async () => {
  await using rome = await FollowAppliance.open()
  const web = await central.image('web', [1, 2, 3])
  // Paris is a region now: what it is offered it offers to rome.
  central.say('paris', [itemOf(web)])
  await until('the region has it', () => paris.versions().length === 1)
  paris.say('rome', [itemOf(paris.library.images.find('web', 1))])
  await rome.join(paris.url, await paris.code('rome'))
  await until('the site has it', () => rome.versions().length === 1)
  expect(rome.versions()).toEqual(central.versions())
  const through = await central.ask<{ images: ImageView[] }>('GET', '/sites/paris/api/sites/rome/api/images')
  expect(through.body.images.map(({ name }) => name)).toEqual(['web'])

  // The region goes: rome follows central itself from now on. Of what it has nothing travels again.
  await using direct = await HeldLine.to(() => central.port)
  central.say('rome', [itemOf(web)])
  const refused = await paris.ask<{ code: string }>('POST', '/sites/rome/move', {
    url: direct.url,
    code: await paris.code('rome'),
  })
  expect(refused.body.code).toBe('SITE_CENTRAL_NOT_PROVEN')
  expect((await paris.ask('POST', '/sites/rome/move', { url: direct.url, code: await central.code('rome') })).status).toBe(204)
  await until('rome follows central', async () => (await central.site('rome')).isComplete)
  expect((await paris.site('rome')).state).toBe('moved')
  expect(direct.downBytes).toBeLessThan(10_000)
  expect(rome.versions()).toEqual(central.versions())
})
