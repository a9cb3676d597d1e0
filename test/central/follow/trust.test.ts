// Who is believed: somebody between at the join, strangers at the routes of sites, a site that asks for what is another's, bytes that were changed, a
// central whose past is another one.
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinProof, readJoinCode } from '../../../src/central/follow/join-code.ts'
import { authorizationOf, digestOfBody, newNonce } from '../../../src/central/follow/request-signature.ts'
import { readSiteKey } from '../../../src/central/follow/site/site-key.ts'
import { SITE_API_PREFIX } from '../../../src/contract/central/follow.ts'
import { ROUTES } from '../../../src/contract/routes.ts'
import { chunkDigest } from '../../../src/imaging/chunk-digest.ts'
import { FollowAppliance, itemOf, until } from '../../fakes/follow-appliance.ts'
import { HeldLine } from '../../fakes/held-line.ts'
import { chunkOf } from '../../fakes/small-image.ts'

let central: FollowAppliance
let paris: FollowAppliance
beforeEach(async () => {
  central = await FollowAppliance.open()
  paris = await FollowAppliance.open()
  central.say('paris', [])
})
afterEach(async () => {
  await paris[Symbol.asyncDispose]()
  await central[Symbol.asyncDispose]()
})

const isComplete = async () => (await central.site('paris')).isComplete

describe('joining', () => {
  it('is refused where somebody stands between with a key of their own, and the code stays good', async () => {
    const mine = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')
    const heard: string[] = []
    const between = createServer((request, reply) => {
      heard.push(`${request.method} ${request.url}`)
      reply.setHeader('content-type', 'application/json')
      reply.end(JSON.stringify({ publicKey: mine }))
    })
    await listening(between)
    const code = await central.code('paris')
    const { status, body } = await paris.join(urlOf(between), code)
    expect([status, body.code]).toEqual([409, 'SITE_CENTRAL_NOT_PROVEN'])
    expect(heard).toEqual(['GET /site/v1/central'])
    between.close()
    expect((await paris.join(central.url, code)).status).toBe(200)
  })

  it('somebody who hands on what both say can put no key of their own in', async () => {
    const code = await central.code('paris')
    const { publicKey } = (await (await fetch(`${central.url}/site/v1/central`)).json()) as { publicKey: string }
    const nonce = newNonce()
    const site = await paris.ask('GET', '/central')
    expect(site.status).toBe(409)
    // What the site would send, and a key in its place that is not the site's.
    const own = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')
    const proof = joinProof(readJoinCode(code).proofKey, { centralPublicKey: publicKey, sitePublicKey: own, nonce })
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64url')
    const swapped = await join_({ publicKey: other, nonce, proof })
    expect([swapped.status, swapped.code]).toEqual([401, 'SITE_CODE_REFUSED'])
  })

  it('takes a code once, and for as long as it is good', async () => {
    const code = await central.code('paris')
    expect((await paris.join(central.url, code)).status).toBe(200)
    expect((await paris.join(central.url, code)).body.code).toBe('SITE_CODE_REFUSED')
    // Whom it followed before it follows still.
    expect((await paris.central()).site).toBe('paris')
    expect((await paris.join(central.url, 'ABCD')).body.code).toBe('SITE_CODE_INVALID')
    expect((await central.ask('POST', '/sites/nowhere/code', {})).body).toMatchObject({ code: 'SITE_NOT_FOUND' })
  })

  const join_ = async (body: object) => {
    const answer = await fetch(`${central.url}/site/v1/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, code: ((await answer.json()) as { code: string }).code }
  }
})

/** Asks as paris, with its own key. */
async function askAs(
  site: string,
  path: string,
  json?: object,
  change: Partial<{ at: number; nonce: string; body: string }> = {},
) {
  const key = (await readSiteKey(paris.dataDir))!
  const body = json === undefined ? '' : JSON.stringify(json)
  const method = json === undefined ? 'GET' : 'POST'
  const target = `${SITE_API_PREFIX}${path}`
  const { keyId } = central.access.signingKey
  const facts = { method, target, bodyDigest: digestOfBody(body), at: change.at ?? Date.now(), nonce: change.nonce ?? newNonce() }
  const authorization = authorizationOf(site, key.privateKey, { ...facts, centralKeyId: keyId })
  const sent = change.body ?? body
  const answer = await fetch(`${central.url}${target}`, {
    method,
    headers: { authorization, ...(sent === '' ? {} : { 'content-type': 'application/json' }) },
    ...(sent === '' ? {} : { body: sent }),
  })
  const text = await answer.text()
  return { status: answer.status, code: text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : undefined }
}

describe('the routes of sites', () => {
  it('let no stranger in, whatever is shown', async () => {
    for (const { method, path, caller } of ROUTES) {
      if (!path.startsWith(SITE_API_PREFIX) || caller.kind === 'anybody') continue
      const url = `${central.url}${path.replaceAll(/:version\b/g, '1').replaceAll(/:\w+/g, 'x')}`
      for (const authorization of [
        '',
        'Bearer x',
        `Platen-Site site=paris,at=1,nonce=${'a'.repeat(24)},body=${'0'.repeat(64)},signature=${'a'.repeat(86)}`,
      ]) {
        const answer = await fetch(url, { method, headers: authorization === '' ? {} : { authorization } })
        expect([`${method} ${path}`, answer.status]).toEqual([`${method} ${path}`, path.endsWith('/join') ? 400 : 401])
        await answer.arrayBuffer()
      }
    }
  })

  it('give a site what it is offered, and tell of nothing else whether it is there', async () => {
    const [web, secret] = [await central.image('web', [1]), await central.image('secret', [2])]
    central.say('lyon', [itemOf(secret)])
    central.say('paris', [itemOf(web)])
    await paris.join(central.url, await central.code('paris'))
    await until('paris has all', isComplete)
    const [own, foreign, nobodys] = [1, 2, 3].map((seed) => chunkDigest(chunkOf(seed)))
    const notFound = { status: 404, code: 'SITE_CONTENT_NOT_FOUND' }
    expect((await askAs('paris', '/images/web/versions/1/manifest')).status).toBe(200)
    expect(await askAs('paris', '/images/secret/versions/1/manifest')).toEqual(notFound)
    expect(await askAs('paris', '/images/nothing/versions/1/manifest')).toEqual(notFound)
    expect((await askAs('paris', '/chunks/fetch', { digests: [own] })).status).toBe(200)
    expect(await askAs('paris', '/chunks/fetch', { digests: [own, foreign] })).toEqual(notFound)
    expect(await askAs('paris', '/chunks/fetch', { digests: [nobodys] })).toEqual(notFound)
    expect(await askAs('paris', '/objects/function/web')).toEqual(notFound)
    // It may not bring images either, unless it is allowed to.
    expect(await askAs('paris', '/jobs/own.1/reservation', { leaseId: 'site', usedBytes: 1 })).toEqual(notFound)
  })

  it('refuse a request that was changed, that comes twice, or that is of another day', async () => {
    await paris.join(central.url, await central.code('paris'))
    const refused = { status: 401, code: 'SITE_REQUEST_REFUSED' }
    expect((await askAs('paris', '/offer', {})).status).toBe(200)
    expect(await askAs('paris', '/offer', {}, { body: '{"seen":"x"}' })).toEqual(refused)
    expect(await askAs('lyon', '/offer', {})).toEqual(refused)
    const nonce = newNonce()
    const at = Date.now()
    expect((await askAs('paris', '/offer', {}, { nonce, at })).status).toBe(200)
    expect(await askAs('paris', '/offer', {}, { nonce, at })).toEqual(refused)
    expect((await askAs('paris', '/offer', {}, { at: at - 3600_000 })).code).toBe('SITE_CLOCK_DIFFERS')
    await central.ask('POST', '/sites/paris/retire')
    expect(await askAs('paris', '/offer', {})).toEqual(refused)
  })
})

it('whatever byte is changed on the way, nothing comes of it but what was meant', async () => {
  await using line = await HeldLine.to(() => central.port)
  await paris.join(line.url, await central.code('paris'))
  let version = 0
  const tries = Number(process.env.PLATEN_FLIPS ?? 6)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60_000 }), async (at) => {
      version++
      const made = await central.image('web', [100 + version])
      line.flipAt = line.downBytes + at
      central.say('paris', [itemOf(made)])
      const isThere = () => paris.versions().some((each) => each.startsWith(`web ${version} `))
      // The word that wakes it may be the one that was changed: then it is the next line that tells.
      await until(`version ${version} is there`, isThere, 4).catch(() => line.cut())
      await until(`version ${version} is there`, isThere)
      expect(paris.versions()).toContain(`web ${version} ${made.manifestDigest}`)
      expect((await paris.library.images.verify('web', version)).damaged).toEqual([])
    }),
    { numRuns: tries, endOnFailure: true },
  )
}, 240_000)

describe('a central whose past is another one', () => {
  it('restored from an older backup takes nothing away, is refused and told, until a person says that it is right', async () => {
    const backup = mkdtempSync(join(tmpdir(), 'platen-backup-'))
    const first = await central.image('web', [1])
    central.say('paris', [itemOf(first)])
    await paris.join(central.url, await central.code('paris'))
    await until('paris has the first', isComplete)
    await central.down()
    cpSync(central.dataDir, backup, { recursive: true })
    await central.up()
    const second = await central.image('web', [2])
    central.say('paris', [itemOf(second)])
    await until('paris has the second', () => paris.versions().length === 2)

    await central.down()
    rmSync(central.dataDir, { recursive: true })
    cpSync(backup, central.dataDir, { recursive: true })
    await central.up()
    central.say('paris', [itemOf(first)])
    await until('paris is refused', async () => (await paris.central()).refusal?.code === 'SITE_CENTRAL_WENT_BACK', 30)
    expect(paris.versions()).toHaveLength(2)
    expect(
      paris.follow
        .diagnose()
        .map(({ seen }) => seen)
        .join(),
    ).toContain('SITE_CENTRAL_WENT_BACK')
    expect(central.follow.diagnose()[0]?.advice).toContain('platen site resume paris')
    // Central goes on making offers: as many as it had made before, and more. None of them is taken.
    const third = await central.image('web', [3])
    for (const items of [[], [itemOf(third)], [itemOf(first)], [itemOf(third)]]) {
      central.say('paris', items)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect((await paris.central()).refusal?.code).toBe('SITE_CENTRAL_WENT_BACK')
    await central.ask('POST', '/sites/paris/resume')
    await until('paris follows again', async () => (await paris.central()).refusal === undefined, 30)
    // Version 2 has other content there now: it is told, and the one that is here stays.
    await until('it is told', async () => (await paris.central()).failures.length === 1)
    expect((await paris.central()).failures[0]).toMatchObject({ name: 'web', version: '2', code: 'SITE_CONTENT_DIFFERS' })
    expect(paris.versions()).toContain(`web 2 ${second.manifestDigest}`)
    rmSync(backup, { recursive: true })
  })

  it('that suddenly offers nothing is not followed', async () => {
    const web = await central.image('web', [1])
    central.say('paris', [itemOf(web)])
    await paris.join(central.url, await central.code('paris'))
    await until('paris has all', isComplete)
    central.say('paris', [])
    await until('paris is refused', async () => (await paris.central()).refusal?.code === 'SITE_OFFER_EMPTY')
    expect(paris.versions()).toHaveLength(1)
    await central.ask('POST', '/sites/paris/resume')
    await until('paris follows again', async () => (await paris.central()).refusal === undefined)
    // Deletion never travels.
    expect(paris.versions()).toHaveLength(1)
  })
})

const listening = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
