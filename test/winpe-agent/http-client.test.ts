import { Type } from 'typebox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import { ScriptedAppliance } from '../fakes/scripted-appliance.ts'

const Nothing = Type.Null()
const { signal } = new AbortController()
let appliance: ScriptedAppliance
let url: string
let pauses: number[]
let returns: number

beforeEach(async () => {
  appliance = new ScriptedAppliance()
  url = await appliance.start()
  pauses = []
  returns = 0
})
afterEach(() => appliance.stop())

function client() {
  const pause = async (ms: number) => void pauses.push(ms)
  return createHttpClient({ applianceUrl: url, token: 'secret' }, { pause, log: () => undefined, onReturn: () => returns++ })
}

describe('createHttpClient', () => {
  it('waits longer each time, up to 15 seconds, and tells once when the appliance is back', async () => {
    let count = 0
    appliance.disturb = () => (++count <= 10 ? 'drop' : undefined)
    await client().post('/claim', {}, Nothing, signal)
    expect(pauses).toHaveLength(10)
    pauses.forEach((ms, index) => {
      const full = Math.min(250 * 2 ** index, 15_000)
      expect(ms).toBeGreaterThanOrEqual(full * 0.75)
      expect(ms).toBeLessThanOrEqual(full)
    })
    expect(returns).toBe(1)
  })

  it.each([
    {
      name: 'a verdict',
      status: 409,
      body: { code: 'JOB_LEASE_LOST', message: 'm', hint: 'h' },
      error: { code: 'JOB_LEASE_LOST', message: 'm', hint: 'h' },
    },
    {
      name: 'a full store',
      status: 507,
      body: { code: 'IMAGE_STORE_FULL', message: 'm', hint: 'h' },
      error: { code: 'IMAGE_STORE_FULL' },
    },
    {
      name: 'a code from a newer appliance',
      status: 409,
      body: { code: 'NOT_KNOWN', message: 'm' },
      error: { code: 'AGENT_ANSWER_UNEXPECTED', message: expect.stringContaining('NOT_KNOWN') },
    },
    { name: 'a proxy that asks for a password', status: 401, body: 'who are you?', error: { code: 'AGENT_TOKEN_REFUSED' } },
  ])('throws $name at once', async ({ status, body, error }) => {
    appliance.claimRefusal = { status, body }
    await expect(client().post('/claim', {}, Nothing, signal)).rejects.toMatchObject(error)
    expect(pauses).toEqual([])
  })

  it('throws a verdict on bytes, too, in its own words', async () => {
    const body = { code: 'JOB_LEASE_LOST', message: 'für immer', hint: 'h' }
    appliance.claimRefusal = { status: 409, body }
    await expect(client().exchange('/claim', 'application/json', [Buffer.from('{}')], signal)).rejects.toMatchObject(body)
  })

  it('refuses an answer of another form, naming the field', async () => {
    const Other = Type.Object({ nodeId: Type.Integer() })
    await expect(client().post('/hello', {}, Other, signal)).rejects.toMatchObject({
      code: 'AGENT_ANSWER_UNEXPECTED',
      message: expect.stringContaining('/nodeId'),
    })
  })

  it('stops repeating when its caller gives up', async () => {
    const stop = new AbortController()
    appliance.disturb = () => {
      if (pauses.length === 3) stop.abort(new Error('given up'))
      return 'drop'
    }
    await expect(client().download('/profiles/x', stop.signal)).rejects.toThrow('given up')
  })
})
