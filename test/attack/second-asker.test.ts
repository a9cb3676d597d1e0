// "The token in the boot script is good for one agent": what somebody who read it on the wire gets by it, before and after the machine's own
// agent, and who is told.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { AGENT_ROUTES } from '../../src/contract/routes/agents.ts'
import { inventoryOf, macOf } from '../fakes/inventories.ts'
import { LoopbackAppliance } from '../fakes/loopback-appliance.ts'
import { addressOf, type Reply, type WireMachine, WireSite } from '../fakes/wire-site.ts'

let site: WireSite
let machine: WireMachine
beforeEach(async () => {
  site = await WireSite.open()
  const { nodeName } = await site.approved(1)
  // Else it is sent to its disk, and gets no token.
  await site.post({ kind: 'build', profile: 'tiny', node: nodeName })
  machine = await site.bootsUp(1)
})
afterEach(() => site[Symbol.asyncDispose]())

const ROUTES_OF_AGENTS = AGENT_ROUTES.filter(
  ({ operationId, caller }) => operationId !== 'exchangeToken' && caller.kind === 'agent',
)
const secret = () => randomBytes(32).toString('base64url')
const ask = <T = Reply['body']>(path: string, token: string, body: object = {}, from = addressOf(1)) =>
  site.ask<T>(`/agent/v1${path}`, { from, token, body })
const exchange = (token: string, own: string, from?: string) =>
  ask<{ token: string; code?: string }>('/exchange', token, { secret: own }, from)
const told = async () =>
  (await site.operator<{ findings: { seen: string }[] }>('/doctor')).findings
    .map(({ seen }) => seen)
    .filter((seen) => seen.includes('boot token was shown'))
const helloWords = { agentVersion: '1', inventory: inventoryOf(1) }

describe('after the agent has exchanged the token of its boot', () => {
  it('the agent works by what it got, and its retry gets it again', async () => {
    const own = secret()
    const first = await exchange(machine.token, own)
    expect(first.status).toBe(200)
    const again = await exchange(machine.token, own)
    expect(again.status).toBe(200)
    for (const { body } of [first, again]) expect((await ask('/hello', body.token, helloWords)).status).toBe(200)
    const claimed = await ask<Assignment>('/claim', again.body.token, { waitSeconds: 0 })
    expect([claimed.status, claimed.body.steps[0]?.kind]).toEqual([200, 'format'])
  })

  // One appliance for all of them: nothing of what is asked changes it.
  it('the one from the wire opens nothing, whatever is asked by it', async () => {
    await exchange(machine.token, secret())
    for (const { method, path, onlyEncrypted } of ROUTES_OF_AGENTS) {
      const url = path.replaceAll(/:[a-z]+/gi, '1').replace('*', 'x')
      const words = {
        method: method as 'GET' | 'POST',
        from: addressOf(1),
        token: machine.token,
        ...(method === 'GET' ? {} : { body: {} }),
      }
      const { status, body } = await site.ask(url, words)
      const code = onlyEncrypted === true ? 'REQUEST_NEEDS_HTTPS' : 'AGENT_TOKEN_CONTESTED'
      expect.soft([status, body.code], `${method} ${path}`).toEqual([403, code])
    }
  })

  it('a second asker is refused, and people are told', async () => {
    await exchange(machine.token, secret())
    const stranger = await exchange(machine.token, secret())
    expect([stranger.status, stranger.body.code]).toEqual([403, 'AGENT_TOKEN_CONTESTED'])
    expect(await told()).toContainEqual(expect.stringMatching(/boot token was shown by two .* from 10\.77\.0\.101 at/))
  })

  it('a made-up token of the exchanged kind is refused', async () => {
    const { body } = await exchange(machine.token, secret())
    const words = body.token.split('.')
    const origin = words[3]!
    words[3] = `${origin.slice(0, -1)}${origin.endsWith('0') ? '1' : '0'}`
    expect((await ask('/hello', words.join('.'), helloWords)).body.code).toBe('AGENT_TOKEN_REFUSED')
  })

  it('what was got is worth nothing at another address, and nothing after the next boot', async () => {
    const { body } = await exchange(machine.token, secret())
    site.network.set(addressOf(9), { kind: 'on-link', mac: macOf(9) })
    expect((await ask('/hello', body.token, helloWords, addressOf(9))).body.code).toBe('AGENT_TOKEN_REFUSED')
    const next = await site.bootsUp(1)
    const later = await exchange(next.token, secret())
    await ask('/hello', later.body.token, helloWords)
    expect((await ask('/hello', body.token, helloWords)).body.code).toBe('AGENT_TOKEN_REFUSED')
    expect((await exchange(machine.token, secret())).status).toBeGreaterThanOrEqual(400)
    expect((await ask('/hello', later.body.token, helloWords)).status).toBe(200)
  })

  it('it stays so over a restart of the appliance', async () => {
    const own = secret()
    const { body } = await exchange(machine.token, own)
    await site.restart()
    expect((await exchange(machine.token, secret())).body.code).toBe('AGENT_TOKEN_CONTESTED')
    expect((await ask('/hello', machine.token, helloWords)).body.code).toBe('AGENT_TOKEN_CONTESTED')
    expect((await ask('/hello', body.token, helloWords)).status).toBe(200)
    expect((await exchange(machine.token, own)).status).toBe(200)
  })
})

describe('a stranger who is faster', () => {
  it.each([
    { by: 'exchanging it', act: () => exchange(machine.token, secret()) },
    { by: 'saying hello by it', act: () => ask('/hello', machine.token, helloWords) },
  ])('by $by is found out: the agent is refused, and people are told', async ({ act }) => {
    await act()
    expect(await told()).toEqual([])
    expect((await exchange(machine.token, secret())).body.code).toBe('AGENT_TOKEN_CONTESTED')
    expect(await told()).toHaveLength(1)
  })
})

it('a token that was exchanged reaches the job of its own node alone', async () => {
  const other = await site.approved(2)
  await site.post({ kind: 'build', profile: 'tiny', node: other.nodeName })
  const job = (await other.claim()) as Assignment
  const { body } = await exchange(machine.token, secret())
  await ask('/hello', body.token, helloWords)
  const beat = { leaseId: job.leaseId, step: job.stepIndex, minorState: 'working', percent: 1, transfer: {} }
  const answer = await ask<{ order?: string; code?: string }>(`/jobs/${job.jobId}/heartbeat`, body.token, beat)
  expect(answer.body.order ?? answer.body.code).toMatch(/stop|JOB_/)
  expect(await other.beat(job)).toBe('continue')
})

it('people who listen to events hear of a second asker', async () => {
  await using appliance = await LoopbackAppliance.start()
  await appliance.approveAll()
  const first = appliance.boot(1)
  const send = (path: string, token: string, body: object) =>
    fetch(`${appliance.url}/agent/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await send('/hello', first.token, helloWords)
  await appliance.post()
  const { token } = appliance.boot(1)
  const seen: string[] = []
  appliance.rooms.events.subscribe((event) => {
    if (event.type === 'node.doubtful') seen.push(event.reason)
  })
  expect((await send('/exchange', token, { secret: secret() })).status).toBe(200)
  expect(seen).toEqual([])
  expect((await send('/hello', token, helloWords)).status).toBe(403)
  expect(seen).toEqual([expect.stringMatching(/^the boot token of 52:54:00:00:00:01 was shown by two in one boot/)])
})
