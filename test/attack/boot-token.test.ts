// "A boot token goes to the machine whose card it names": what a stranger gets who asks in another one's name, and what asking changes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeBootToken } from '../../src/access/boot-tokens.ts'
import { macOf } from '../fakes/inventories.ts'
import { addressOf, tokenIn, type WireMachine, WireSite } from '../fakes/wire-site.ts'

const VICTIM = macOf(1)
const STRANGER = '10.77.0.66'
let site: WireSite
let victim: WireMachine

beforeEach(async () => {
  site = await WireSite.open()
  victim = await site.approved(1)
  site.network.set(STRANGER, { kind: 'on-link', mac: '52:54:00:66:66:66' })
})
afterEach(() => site[Symbol.asyncDispose]())

const askers = [
  { who: 'another machine on the network', from: STRANGER },
  { who: 'somebody behind a router', from: '192.0.2.7' },
  { who: 'a program on the appliance', from: '127.0.0.1', place: { kind: 'ourselves' } as const },
  { who: 'an address that nobody answers for', from: '10.77.0.77', place: { kind: 'on-link', mac: undefined } as const },
]

describe.each(askers)('$who', ({ from, place }) => {
  beforeEach(() => {
    if (place !== undefined) site.network.set(from, place)
  })

  it.each([
    { name: 'an approved node with a job', mac: VICTIM },
    { name: 'a machine that nobody knows', mac: macOf(9) },
  ])('gets no token for $name, whatever it asks for', async ({ mac }) => {
    await site.post({ kind: 'build', profile: 'tiny' })
    const spellings = [`${mac}.ipxe`, mac.replaceAll(':', '-'), mac.replaceAll(':', '').toUpperCase(), `${mac}.x86_64.grub`]
    for (const spelling of [...spellings, `${mac}.ipxe?again=1`, `${mac}.x86_64.again.grub`])
      for (const path of ['/boot/', '//boot/', '/boot//'])
        for (const method of ['GET', 'HEAD'] as const)
          expect((await site.ask(`${path}${spelling}`, { from, method })).text).not.toMatch(/platen\.token|boot-files/)
  })

  it('learns no name and no state of the machine', async () => {
    const [known, unknown] = [await site.script(macOf(5), from), await site.script(macOf(6), from)]
    await (await site.bootsUp(5)).hello()
    const discovered = await site.script(macOf(5), from)
    expect(discovered.replaceAll(macOf(5), '')).toBe(known.replaceAll(macOf(5), ''))
    expect(unknown.replaceAll(macOf(6), '')).toBe(known.replaceAll(macOf(5), ''))
    expect(discovered).not.toContain('node-')
  })

  it('asks a hundred times and changes nothing: the node keeps its state and its job', async () => {
    const job = await site.post({ kind: 'build', profile: 'tiny' })
    const assignment = (await victim.claim())!
    const before = await site.operator<{ localBoot: unknown }>(`/nodes/${victim.nodeName}`)
    for (let asked = 0; asked < 100; asked++) await site.script(VICTIM, from)
    expect(await site.operator(`/nodes/${victim.nodeName}`)).toMatchObject({ state: 'approved', localBoot: before.localBoot })
    expect(await site.operator(`/jobs/${job.id}`)).toMatchObject({ state: 'running', nodeId: victim.nodeId })
    expect(await victim.beat(assignment)).toBe('continue')
  })

  it('cannot use a token that it saw on the wire', async () => {
    await site.post({ kind: 'build', profile: 'tiny' })
    for (const path of ['/hello', '/claim', '/leave'])
      expect(await victim.ask(path, { waitSeconds: 0 }, from)).toMatchObject({
        status: 401,
        body: { code: 'AGENT_TOKEN_REFUSED' },
      })
    expect((await site.ask(`/agent/v1/boot-files/${victim.token}/kernel`, { from })).status).toBe(401)
  })
})

describe('the machine itself', () => {
  it('asks as often as it likes: no boot counts before its agent claims, and its job stays', async () => {
    const job = await site.post({ kind: 'build', profile: 'tiny' })
    for (let asked = 0; asked < 7; asked++) expect(tokenIn(await site.script(VICTIM, addressOf(1)))).toBeDefined()
    expect(await site.operator(`/nodes/${victim.nodeName}`)).toMatchObject({ state: 'approved' })
    expect((await victim.claim())?.jobId).toBe(job.id)
  })

  it('that booted since speaks with its new token alone', async () => {
    const next = await site.bootsUp(1)
    // Without a job it is sent to its disk.
    expect(next.token).toBe('')
    await site.post({ kind: 'build', profile: 'tiny' })
    const again = await site.bootsUp(1)
    expect((await again.hello()).body.nodeName).toBe(victim.nodeName)
    expect(await victim.ask('/claim', { waitSeconds: 0 })).toMatchObject({ status: 401, body: { code: 'AGENT_TOKEN_REFUSED' } })
    expect(await again.claim()).toBeDefined()
  })

  it('may come from another address that is proven its own: a second lease in the boot OS', async () => {
    site.network.set('10.77.0.201', { kind: 'on-link', mac: VICTIM })
    expect((await victim.ask('/claim', { waitSeconds: 0 }, '10.77.0.201')).status).toBe(204)
    site.network.set('10.77.0.202', { kind: 'on-link', mac: macOf(2) })
    expect((await victim.ask('/claim', { waitSeconds: 0 }, '10.77.0.202')).status).toBe(401)
  })
})

describe('a token', () => {
  const key = Buffer.alloc(32, 1)
  const HOUR = 3600_000
  it('lives for hours, not for days', () => {
    const token = makeBootToken({ mac: VICTIM, origin: { kind: 'booted', peerDigest: '0123456789ab' } }, key, 0)
    const expiresAt = Number.parseInt(token.split('.')[2]!, 36)
    expect(expiresAt).toBeLessThanOrEqual(12 * HOUR)
  })

  it('holds the address only as a digest, and cannot be bent to another one', async () => {
    const [mac, boot, expiry, origin, signature] = victim.token.split('.')
    for (const bent of [
      [mac, boot, expiry, `c${origin!.slice(1)}`, signature],
      [mac, boot, expiry, 'b000000000000', signature],
      [macOf(2).replaceAll(':', ''), boot, expiry, origin, signature],
      [mac, boot, 'zzzzzzzzz', origin, signature],
    ]) {
      const answer = await site.ask('/agent/v1/claim', { from: addressOf(1), token: bent.join('.'), body: { waitSeconds: 0 } })
      expect(answer).toMatchObject({ status: 401, body: { code: 'AGENT_TOKEN_REFUSED' } })
    }
  })
})
