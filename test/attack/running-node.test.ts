// A stranger with every other credential at the door of running systems, and a running system at every other door.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'
import { bringPackage } from '../fakes/scene-packages.ts'

let scene: OrchestratorScene
let machine: SceneMachine
let secret: string

beforeEach(async () => {
  scene = await OrchestratorScene.open()
  machine = await scene.approved(1)
  secret = await scene.rooms.access.nodeCredentials.issue(machine.nodeId)
})
afterEach(() => scene[Symbol.asyncDispose]())

async function ask(method: 'GET' | 'POST', url: string, token: string, payload?: string, type = 'text/plain') {
  const headers = { authorization: `Bearer ${token}`, ...(payload === undefined ? {} : { 'content-type': type }) }
  const { statusCode, body } = await scene.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
  return { status: statusCode, body }
}
const says = (token: string, words = 'boot b-1\n') => ask('POST', '/node/v1/present', token, words)
const presentOf = async (name: string) => (await scene.operator<NodeView>('GET', `/nodes/${name}`)).body.present

describe('the door of running systems', () => {
  it.each<{ name: string; token: () => string | Promise<string> }>([
    { name: 'nothing', token: () => '' },
    { name: 'a guess', token: () => 'A'.repeat(43) },
    { name: 'the token of its own boot', token: () => machine.token },
    { name: 'the operator token', token: () => scene.operatorToken },
    {
      name: 'an agent credential',
      token: async () => (await scene.operator<{ secret: string }>('POST', '/agent-credentials', { name: 'x' })).body.secret,
    },
    {
      name: 'the credential before the last',
      token: async () => {
        await scene.rooms.access.nodeCredentials.issue(machine.nodeId)
        return secret
      },
    },
    {
      name: 'that of a node that nobody approved',
      token: async () => scene.rooms.access.nodeCredentials.issue((await scene.boot(2)).nodeId),
    },
    {
      name: 'that of a node out of service',
      token: async () => {
        await scene.operator('POST', `/nodes/${machine.nodeName}/retire`)
        return secret
      },
    },
  ])('stays shut for $name', async ({ token }) => {
    const shown = await token()
    expect((await says(shown)).status).toBe(401)
    expect((await ask('GET', '/node/v1/orders?boot=b-1', shown)).status).toBe(401)
    expect(await presentOf(machine.nodeName)).toBeUndefined()
  })

  it.each([
    { name: 'a body that is too large', words: `boot b-1\n${'x'.repeat(70_000)}`, status: 413 },
    { name: 'no words', words: 'hello', status: 400 },
    { name: 'a boot that is none', words: 'boot ../../etc\n', status: 400 },
    { name: 'ten thousand lines', words: `boot b-1\n${'disk serial x\n'.repeat(4000)}`, status: 200 },
    { name: 'a record of another shape', words: 'boot b-1\nrecord {"record":{"image":1}}\n', status: 200 },
  ])('answers $name with $status', async ({ words, status }) => {
    expect((await says(secret, words)).status).toBe(status)
    expect(JSON.stringify((await presentOf(machine.nodeName)) ?? {}).length).toBeLessThan(2000)
  })

  it('answers another type than text with a refusal', async () => {
    expect((await ask('POST', '/node/v1/present', secret, '{}', 'application/json')).status).toBe(415)
  })

  it('lets a system speak for its own node alone', async () => {
    const other = await scene.approved(2)
    expect((await says(secret)).status).toBe(200)
    expect(await presentOf(other.nodeName)).toBeUndefined()
  })
})

describe('the packages job of another node', () => {
  it('is neither told, nor served, nor ended; and a guessed lease opens nothing', async () => {
    const other = await scene.approved(2)
    await captureTiny(scene, machine, 1)
    await bringPackage(scene, 'agent', '1.0')
    await scene.post({ kind: 'deploy', node: other.nodeName, image: 'tiny' })
    await other.finish((await other.claim())!)
    const { id } = await scene.post({ kind: 'packages', node: other.nodeName, packages: [{ name: 'agent' }] })
    const { leaseId } = (await other.claim())!
    const { files } = (await scene.operator<{ versions: { files: { digest: string }[] }[] }>('GET', '/packages/agent')).body
      .versions[0]!
    const file = `/node/v1/packages/agent/1.0/files/${files[0]!.digest}`
    const own = await scene.rooms.access.nodeCredentials.issue(other.nodeId)
    const asks = (lease: string, token: string) => [
      ask('GET', `/node/v1/installs/${id}?lease=${lease}`, token),
      ask('POST', `/node/v1/installs/${id}/end?lease=${lease}`, token, 'done 1\n'),
      ask('POST', `/node/v1/installs/${id}/record?lease=${lease}`, token, 'boot b-1\n'),
    ]
    for (const answer of [...asks(leaseId, secret), ...asks('guess', own), ask('GET', file, secret)])
      expect((await answer).status).toBeGreaterThanOrEqual(400)
    expect((await ask('POST', `/node/v1/installs/${id}/beat?lease=${leaseId}`, secret, 'x')).body).toBe('stop\n')
    expect(await scene.job(id)).toMatchObject({ state: 'running' })
    expect((await ask('GET', file, own)).status).toBe(200)
  })
})

it.each(['/api/v1/nodes', '/agent/v1/claim', '/agent/v1/present'])('its credential opens nothing else: %s', async (url) => {
  const answer = url.startsWith('/api') ? await ask('GET', url, secret) : await ask('POST', url, secret, '{}', 'application/json')
  expect(answer.status).toBe(401)
})
