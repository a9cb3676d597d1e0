// Machines that another appliance booted: how they come in, what they are told, and how they are put out again.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { HelloAnswer } from '../../../src/contract/agent-api.ts'
import type {
  AddedAgentCredential,
  AgentConfigView,
  AgentCredentialView,
  ApplianceView,
} from '../../../src/contract/appliances.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import { inventoryOf, macOf } from '../../fakes/inventories.ts'
import { bootClientOf, OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
afterEach(() => scene[Symbol.asyncDispose]())

interface Refusal {
  readonly code: string
}

const hello = { agentVersion: '1', inventory: inventoryOf(1, { bootMac: macOf(1) }) }
const session = (secret: string, boot?: string) =>
  scene.agent<{ token: string } & Refusal>(secret, '/sessions', { mac: macOf(1), ...(boot === undefined ? {} : { boot }) })

async function credential(name: string): Promise<AddedAgentCredential> {
  return (await scene.operator<AddedAgentCredential>('POST', '/agent-credentials', { name })).body
}

describe('an agent credential', () => {
  it('opens a session for one machine, which waits for approval like any other', async () => {
    scene = await OrchestratorScene.open()
    const { secret } = await credential('from-rack2')
    const { token } = (await session(secret)).body
    const { body } = await scene.agent<HelloAnswer>(token, '/hello', hello)
    expect(body).toMatchObject({ nodeName: 'node-1', nodeState: 'discovered' })
    await scene.post({ kind: 'build', profile: 'tiny' })
    expect((await scene.agent(token, '/claim', { waitSeconds: 0 })).status).toBe(204)
    await scene.operator('POST', '/nodes/node-1/approve')
    expect((await scene.agent(token, '/claim', { waitSeconds: 0 })).status).toBe(200)
  })

  it('is shown once, kept as a digest, and counted as used', async () => {
    scene = await OrchestratorScene.open()
    const { secret } = await credential('from-rack2')
    await session(secret)
    const { body } = await scene.operator<{ credentials: AgentCredentialView[] }>('GET', '/agent-credentials')
    expect(body.credentials).toMatchObject([{ name: 'from-rack2', lastUsedAt: expect.any(String) }])
    const state = join(scene.dataDir, 'state')
    const kept = readdirSync(state).map((file) => readFileSync(join(state, file), 'utf8'))
    expect(kept.some((text) => text.includes('from-rack2'))).toBe(true)
    expect(kept.some((text) => text.includes(secret))).toBe(false)
  })

  it('falls with every token that came of it, also when its name is taken again', async () => {
    scene = await OrchestratorScene.open()
    const { secret } = await credential('from-rack2')
    const { token } = (await session(secret)).body
    await scene.agent(token, '/hello', hello)
    expect((await scene.operator<Refusal>('POST', '/agent-credentials', { name: 'from-rack2' })).body.code).toBe(
      'AGENT_CREDENTIAL_NAME_TAKEN',
    )
    await scene.operator('DELETE', '/agent-credentials/from-rack2')
    await credential('from-rack2')
    for (const answer of [await session(secret), await scene.agent<Refusal>(token, '/claim', { waitSeconds: 0 })])
      expect([answer.status, answer.body.code]).toEqual([401, 'AGENT_CREDENTIAL_REFUSED'])
    expect((await scene.operator<Refusal>('DELETE', '/agent-credentials/other')).body.code).toBe('AGENT_CREDENTIAL_NOT_FOUND')
  })

  it('outlives a restart of the appliance, and so does a token of it', async () => {
    scene = await OrchestratorScene.open()
    const { secret } = await credential('from-rack2')
    const { token } = (await session(secret)).body
    await scene.agent(token, '/hello', hello)
    await scene.killAndBegin()
    expect((await scene.agent(token, '/claim', { waitSeconds: 0 })).status).toBe(204)
    expect((await session(secret)).status).toBe(200)
  })

  it('is what a machine needs that found no directory', async () => {
    scene = await OrchestratorScene.open()
    for (const secret of ['', 'x'.repeat(43)]) expect((await session(secret)).body.code).toBe('AGENT_CREDENTIAL_REFUSED')
    const { token } = (await session((await credential('a')).secret, 'boot-1')).body
    expect(token.split('.')[1]).toBe((await session((await credential('b')).secret, 'boot-1')).body.token.split('.')[1])
    scene.clock.advance(1000)
    expect((await session((await credential('c')).secret, 'boot-2')).body.token.split('.')[1]).not.toBe(token.split('.')[1])
  })
})

describe('the list of appliances', () => {
  const entry = { url: 'http://127.0.0.1:9', credential: 'a-secret-of-the-other-one' }

  it('is handed to approved nodes alone, and its credentials to agents alone', async () => {
    scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/appliances/rack2', entry)
    const machine = await scene.boot(1)
    expect((await machine.ask<HelloAnswer>('/hello', hello)).body.appliances).toBeUndefined()
    await scene.operator('POST', '/nodes/node-1/approve')
    expect((await machine.ask<HelloAnswer>('/hello', hello)).body.appliances).toEqual([{ name: 'rack2', ...entry }])
    const { body } = await scene.operator<{ appliances: ApplianceView[] }>('GET', '/appliances')
    expect(body.appliances).toMatchObject([{ name: 'rack2', hasCredential: true }])
    expect(JSON.stringify(body)).not.toContain(entry.credential)
    const config = await scene.operator<AgentConfigView>('GET', '/nodes/node-1/agent-config')
    expect(config.body).toEqual({ id: 'node-1', configTypes: [], appliances: [{ name: 'rack2', ...entry }] })
  })

  it.each([
    { mode: 'off', want: undefined },
    { mode: 'list', want: [{ name: 'rack2', ...entry }] },
  ] as const)('is told to guests by a directory alone: $mode', async ({ mode, want }) => {
    scene = await OrchestratorScene.open({ directoryMode: mode })
    await scene.operator('PUT', '/appliances/rack2', entry)
    const { token } = (await session((await credential('from-rack3')).secret)).body
    await scene.agent(token, '/hello', hello)
    await scene.operator('POST', '/nodes/node-1/approve')
    expect((await scene.agent<HelloAnswer>(token, '/hello', hello)).body.appliances).toEqual(want)
  })

  it('keeps a credential that a change leaves out, and the place in the order', async () => {
    scene = await OrchestratorScene.open()
    await scene.operator('PUT', '/appliances/b', entry)
    scene.clock.advance(1000)
    await scene.operator('PUT', '/appliances/a', { url: 'http://127.0.0.1:10' })
    await scene.operator('PUT', '/appliances/b', { url: entry.url, isDirectory: true })
    const { body } = await scene.operator<{ appliances: ApplianceView[] }>('GET', '/appliances')
    expect(body.appliances).toMatchObject([
      { name: 'b', hasCredential: true, isDirectory: true },
      { name: 'a', hasCredential: false, isDirectory: false },
    ])
    expect((await scene.operator<Refusal>('DELETE', '/appliances/c')).body.code).toBe('APPLIANCE_NOT_LISTED')
    for (const url of ['ftp://a', 'http://a/path', 'http://a:8080/'])
      expect((await scene.operator<Refusal>('PUT', '/appliances/d', { url })).status).toBe(400)
  })

  it('is told to nobody when the directory hands on jobs itself', async () => {
    scene = await OrchestratorScene.open({ directoryMode: 'jobs' })
    await scene.operator('PUT', '/appliances/rack2', entry)
    const { token } = (await session('')).body
    await scene.agent(token, '/hello', hello)
    await scene.operator('POST', '/nodes/node-1/approve')
    expect((await scene.agent<HelloAnswer>(token, '/hello', hello)).body.appliances).toBeUndefined()
  })
})

describe('work elsewhere', () => {
  const work = { applianceUrl: 'http://10.78.0.1:8080', jobId: 'job-9' }
  const boot = (isAgain = false) => scene.orchestrator.bootAnswer({ ...bootClientOf(1), isAgain }).kind

  it('keeps the boots of a node in the boot OS until it is over, over a restart of the appliance, or until nobody speaks of it', async () => {
    scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    expect(boot()).toBe('local-disk')
    await machine.ask('/elsewhere', { work, forSeconds: 900 })
    expect(boot()).toBe('boot-os')
    expect((await scene.operator<NodeView>('GET', '/nodes/node-1')).body.elsewhere).toMatchObject(work)
    await scene.killAndBegin()
    expect(boot()).toBe('boot-os')
    expect((await machine.ask<HelloAnswer>('/hello', hello)).body.elsewhere).toEqual(work)
    scene.clock.advance(901_000)
    expect(boot()).toBe('local-disk')
    expect((await machine.ask<HelloAnswer>('/hello', hello)).body.elsewhere).toBeUndefined()
    await machine.ask('/elsewhere', { work, forSeconds: 900 })
    await machine.ask('/elsewhere', { work: null, forSeconds: 0 })
    expect(boot()).toBe('local-disk')
  })

  it('sends one boot to the disk when the job does, and what asks again at once', async () => {
    scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await machine.ask('/elsewhere', { work: { ...work, toDisk: { notBackBeforeSeconds: 20 } }, forSeconds: 900 })
    expect(boot()).toBe('local-disk')
    scene.clock.advance(10_000)
    expect(boot()).toBe('local-disk')
    scene.clock.advance(20_000)
    expect(boot(true)).toBe('local-disk')
    expect(boot()).toBe('boot-os')
    expect((await machine.ask<HelloAnswer>('/hello', hello)).body.elsewhere).toEqual(work)
  })
})
