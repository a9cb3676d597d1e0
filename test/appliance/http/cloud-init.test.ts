// cloud-init asks for its files: by the address that it asks from, and for nobody else's.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Appliance } from '../../../src/appliance/wire.ts'
import type { AddedAgentCredential } from '../../../src/contract/appliances.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { Problem } from '../../../src/contract/problem.ts'
import { provenMac } from '../../../src/netboot/token-standing.ts'
import { inventoryOf, macOf } from '../../fakes/inventories.ts'
import { smallAppliance } from '../../fakes/small-appliance.ts'

let dir: string
let appliance: Appliance
/** Whose address it is that the test asks from, as ARP says. */
let neighbour: string | undefined
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-seed-'))
  neighbour = macOf(1)
  appliance = await smallAppliance(dir, { neighbours: { at: async () => ({ kind: 'on-link', mac: neighbour }) } })
})
afterEach(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

type Method = 'GET' | 'POST' | 'PUT'
async function operator<T>(method: Method, path: string, payload?: object): Promise<T> {
  const token = readFileSync(join(dir, 'secrets', 'operator-token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await appliance.app.inject({ method, url: `/api/v1${path}`, headers, ...(payload && { payload }) })
  if (answer.statusCode >= 300) throw new Error(answer.body)
  return answer.json() as T
}

/** Machine n says hello, as one that another appliance booted. */
async function enroll(n: number): Promise<NodeView> {
  const { secret } = await operator<AddedAgentCredential>('POST', '/agent-credentials', { name: `c${n}` })
  const say = async (path: string, bearer: string, payload: object) =>
    (
      await appliance.app.inject({
        method: 'POST',
        url: `/agent/v1${path}`,
        headers: { authorization: `Bearer ${bearer}` },
        payload,
      })
    ).json()
  const { token } = await say('/sessions', secret, { mac: macOf(n) })
  const { nodeName } = await say('/hello', token, { agentVersion: '1', inventory: inventoryOf(n) })
  return operator('POST', `/nodes/${nodeName}/approve`, { name: `rack1-0${n}`, tags: ['web'] })
}

const ask = (file: string) => appliance.app.inject({ url: `/cloud-init/${file}` })
const code = async (file: string) => ((await ask(file)).json() as Problem).code

describe('cloud-init', () => {
  it('is told name and instance, and has user-data without any', async () => {
    const { id } = await enroll(1)
    const meta = await ask('meta-data')
    expect(meta.headers['cache-control']).toBe('no-store')
    expect(parse(meta.body)).toEqual({
      'instance-id': id,
      'local-hostname': 'rack1-01',
      platen: { image: null, tags: ['web'], location: null },
    })
    expect((await ask('user-data')).body).toBe('#cloud-config\n{}\n')
    expect(await code('network-config')).toBe('CLOUD_INIT_NOT_FOUND')
    expect(await code('passwd')).toBe('CLOUD_INIT_NOT_FOUND')
  })

  it('gets the templates of the appliance, rendered for its machine', async () => {
    await enroll(1)
    await enroll(2)
    const template = {
      to: '/run/cloud-init',
      text: '#cloud-config\nfqdn: {{ node.name }}.lab\n{% if node.tags contains "web" %}packages: [nginx]{% endif %}',
    }
    await operator('PUT', '/templates/cloud-init-user-data', template)
    expect(parse((await ask('user-data')).body)).toEqual({ fqdn: 'rack1-01.lab', packages: ['nginx'] })
    neighbour = macOf(2)
    expect(parse((await ask('user-data')).body)).toMatchObject({ fqdn: 'rack1-02.lab' })
    await operator('PUT', '/templates/cloud-init-user-data', { ...template, text: '{{ node.nmae }}' })
    expect(await code('user-data')).toBe('TEMPLATE_NOT_RENDERED')
  })

  it.each([
    ['an address that resolves to nothing', undefined],
    ['a card that no node has', macOf(9)],
  ])('is told nothing from %s', async (_name, mac) => {
    await enroll(1)
    neighbour = mac
    const { statusCode, json } = await ask('meta-data')
    expect([statusCode, (json() as Problem).code]).toEqual([401, 'NODE_ADDRESS_UNPROVEN'])
  })

  it('is told nothing on a machine that is retired', async () => {
    const { name } = await enroll(1)
    await operator('POST', `/nodes/${name}/retire`)
    expect(await code('user-data')).toBe('NODE_NOT_APPROVED')
  })
})

describe('whose address it is', () => {
  const none = { leasedTo: undefined, heardFrom: undefined }
  it.each([
    ['the neighbour’s', { neighbour: { kind: 'on-link', mac: 'a' }, ...none, leasedTo: 'b' }, 'a'],
    ['the lease’s, while ARP says nothing', { neighbour: { kind: 'on-link', mac: undefined }, ...none, leasedTo: 'b' }, 'b'],
    ['the one that a relay heard', { neighbour: { kind: 'routed' }, ...none, heardFrom: 'c' }, 'c'],
    ['nobody’s behind a router', { neighbour: { kind: 'routed' }, ...none }, undefined],
    ['never one of ours', { neighbour: { kind: 'ourselves' }, ...none, leasedTo: 'b' }, undefined],
  ] as const)('is %s', (_name, seen, mac) => {
    expect(provenMac(seen)).toBe(mac)
  })
})
