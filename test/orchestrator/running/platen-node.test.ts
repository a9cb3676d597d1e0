// The real platen-node script in two shells, with the real curl, against a whole appliance on loopback.
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { formatRecord, signedBytesOf } from '../../../src/contract/disk-record.ts'
import type { NodeRestartAnswer, NodeView } from '../../../src/contract/operator-api.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { LoopbackAppliance } from '../../fakes/loopback-appliance.ts'
import { RunningSystem, type RunningSystemOptions } from '../../fakes/running-system.ts'

const SHELLS = [
  { name: 'dash', shell: ['/usr/bin/dash'] },
  { name: 'busybox', shell: ['/usr/bin/busybox', 'sh'] },
].filter(({ shell }) => existsSync(shell[0]!) && existsSync('/usr/bin/curl'))
const WAIT = { timeout: 15_000, interval: 50 }

let appliance: LoopbackAppliance
let nodeId: string
let secret: string

beforeEach(async () => {
  appliance = await LoopbackAppliance.start()
  const { token } = appliance.boot(1)
  const hello = await fetch(`${appliance.url}/agent/v1/hello`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ agentVersion: '1', inventory: inventoryOf(1) }),
  })
  nodeId = ((await hello.json()) as { nodeId: string }).nodeId
  await appliance.operator('POST', `/nodes/${nodeId}/approve`)
  secret = await appliance.rooms.access.nodeCredentials.issue(nodeId)
})
afterEach(() => appliance[Symbol.asyncDispose]())

const present = async () => (await appliance.operator<NodeView>('GET', `/nodes/${nodeId}`)).present

function recordOf(id: string): string {
  const record = {
    kind: 'platen-disk-record' as const,
    nodeId: id,
    jobId: 'job-1',
    at: '2026-01-01T00:00:00.000Z',
    image: { name: 'debian', version: 4, digest: 'c'.repeat(64) },
    packages: [],
    disk: { ids: ['serial DISK-01'], tableId: 'aaaa' },
    diskIndex: 0,
    diskCount: 1,
  }
  const { signingKey } = appliance.rooms.access
  return formatRecord({ record, keyId: signingKey.keyId, signature: signingKey.sign(signedBytesOf(record)) })
}

describe.each(SHELLS)('platen-node in $name', ({ shell }) => {
  const systemWith = (change: Partial<RunningSystemOptions> = {}) =>
    RunningSystem.open({ shell, applianceUrl: appliance.url, secret, serial: 'DISK-01', record: recordOf(nodeId), ...change })

  it.each<{ name: string; change: () => Partial<RunningSystemOptions>; want: object }>([
    { name: 'with its own record', change: () => ({}), want: { record: 'good', image: { name: 'debian', version: 4 } } },
    { name: 'on a disk that tells nothing', change: () => ({ serial: undefined }), want: { record: 'good' } },
    { name: 'on a copied disk', change: () => ({ serial: 'DISK-99' }), want: { record: 'copied-disk' } },
    { name: 'of another node', change: () => ({ record: recordOf('another') }), want: { record: 'of-another-node' } },
    {
      name: 'with an edited record',
      change: () => ({ record: recordOf(nodeId).replace('":4', '":5') }),
      want: { record: 'edited' },
    },
    {
      name: 'with a record that is cut off',
      change: () => ({ record: recordOf(nodeId).slice(0, 99) }),
      want: { record: 'edited' },
    },
    { name: 'without one', change: () => ({ record: undefined }), want: { record: 'missing' } },
  ])('$name: says so, and goes on', async ({ change, want }) => {
    await using system = await systemWith(change())
    expect(await system.boot()).toEqual({ code: 0, said: '' })
    expect(await present()).toMatchObject({ ...want, said: 'running-system' })
    expect(system.hasRestarted).toBe(false)
  })

  it('goes on at once when the appliance does not know it', async () => {
    await using system = await systemWith({ secret: 'x'.repeat(43) })
    const { code, said } = await system.boot()
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('does not know this machine') })
    expect(await present()).toBeUndefined()
  })

  it('goes on with what it has when nobody answers, and says so later', async () => {
    await using system = await systemWith()
    const { url } = appliance
    await appliance.down()
    const { code, said } = await system.boot()
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining(`no answer from ${url} in 2 seconds`) })
    system.stay()
    await appliance.up()
    await vi.waitFor(async () => expect(await present()).toMatchObject({ record: 'good', said: 'running-system' }), WAIT)
    expect(appliance.log.complaints.join('\n')).toContain('started without the appliance')
  })

  it('reports the health that its checks find', async () => {
    await using system = await systemWith()
    system.put('health.d/10-good', '#!/bin/sh\nexit 0\n', 0o755)
    system.put('health.d/20-web', '#!/bin/sh\necho starting\necho port 80 is closed >&2\nexit 3\n', 0o755)
    system.put('health.d/README', 'not a check')
    system.stay()
    const health = { state: 'bad', reasons: ['20-web port 80 is closed'] }
    await vi.waitFor(async () => expect(await present()).toMatchObject({ record: 'good', health }), WAIT)
  })

  it('restarts when a person asks for it, once', async () => {
    await using system = await systemWith()
    system.stay()
    await vi.waitFor(() => expect(appliance.asked.some((each) => each.startsWith('GET /node/v1/orders'))).toBe(true), WAIT)
    const answer = await appliance.operator<NodeRestartAnswer>('POST', `/nodes/${nodeId}/restart`, {})
    expect(answer).toEqual({ node: 'node-1', via: 'platen-node' })
    await vi.waitFor(() => expect(system.hasRestarted).toBe(true), WAIT)
    await using next = await systemWith({ boot: 'boot-2' })
    await next.boot()
    expect(next.hasRestarted).toBe(false)
  })
})
