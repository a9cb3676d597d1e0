// From two objects to what a machine should run, through the API of an appliance.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeWanted } from '../../src/contract/wanted.ts'
import { OrchestratorScene, type SceneMachine } from '../fakes/orchestrator-scene.ts'
import { smallBuild } from '../fakes/small-build.ts'

let scene: OrchestratorScene
let machine: SceneMachine
beforeAll(async () => {
  scene = await OrchestratorScene.open()
  machine = await scene.approved(1)
  await put('/distributions/debian-web', { images: [{ image: 'debian-13' }] })
  await put('/distributions/debian-large', { images: [{ image: 'debian-14' }] })
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 80 }, realm: { type: 'string' } } })
  await put('/functions/large', { needs: { memoryMiB: 1_000_000 } })
  await put('/distribution-profiles/standard', {
    entries: [
      { function: 'web', distribution: 'debian-large', when: { architecture: 'arm64' }, priority: 10 },
      { function: 'web', distribution: 'debian-web' },
    ],
    default: 'debian-large',
  })
  await put('/templates/conf', { to: '/etc/conf', text: '{{ node.name }}:{{ parameters.port }} {{ parameters.realm }}' })
  await put('/site-definitions/paris', { functions: [{ name: 'web', parameters: { port: 8080, realm: 'fr' } }] })
})
afterAll(() => scene[Symbol.asyncDispose]())

async function ask(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object) {
  const answer = await scene.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${scene.operatorToken}` },
    ...(body === undefined ? {} : { payload: body }),
  })
  const json = answer.body.startsWith('{') ? answer.json<Record<string, unknown>>() : {}
  return { status: answer.statusCode, json }
}

async function put(path: string, body: object) {
  const { status, json } = await ask('PUT', path, body)
  expect(status, JSON.stringify(json)).toBe(200)
  return json
}

const own = (wanted: object) => ask('PUT', `/nodes/${machine.nodeName}/wanted`, wanted)

describe('a function of a node', () => {
  it('becomes what the node should run, and says from where', async () => {
    const { status, json } = await own({ function: { name: 'web', parameters: { realm: 'x' } } })
    expect(status).toBe(200)
    const { function: chosen, runs } = json as unknown as NodeWanted
    expect(chosen).toEqual({ name: 'web', from: `node ${machine.nodeName}` })
    expect(runs).toEqual({
      entries: [{ image: 'debian-13' }],
      from: `function web (debian-web by standard) of node ${machine.nodeName}`,
    })
  })

  it('moves with the distribution', async () => {
    await put('/distributions/debian-web', { images: [{ image: 'debian-15' }] })
    const { json } = await ask('GET', `/nodes/${machine.nodeName}/wanted`)
    expect((json as unknown as NodeWanted).runs?.entries).toEqual([{ image: 'debian-15' }])
  })

  it('starts the boot OS that the distribution names, under the number that it has here', async () => {
    const { bootBuilds } = scene.rooms.library
    const { record, open } = smallBuild('x64', { 'agent.img': 'one' })
    await bootBuilds.add(record, open)
    const other = smallBuild('x64', { 'agent.img': 'another' })
    const { build } = await bootBuilds.add(other.record, other.open)
    const named = { architecture: 'x64', build: 77, digest: build.digest }
    await put('/distributions/debian-web', { images: [{ image: 'debian-15' }], bootBuilds: [named] })
    const { json } = await ask('GET', `/nodes/${machine.nodeName}/wanted`)
    expect((json as unknown as NodeWanted).bootOs).toMatchObject({ nextBuild: 2 })
    const removed = await ask('DELETE', '/boot-builds/x64/2')
    expect([removed.json.code, removed.json.detail]).toEqual(['BOOT_BUILD_IN_USE', 'build 2 for x64 stays: site paris needs it'])
    await put('/distributions/debian-web', { images: [{ image: 'debian-15' }] })
    expect((await ask('DELETE', '/boot-builds/x64/2')).status).toBe(204)
  })

  it.each([
    { name: 'one that is not there', wish: { name: 'nothing' }, code: 'CENTRAL_OBJECT_NOT_FOUND' },
    { name: 'a parameter without a value', wish: { name: 'web' }, code: 'FUNCTION_PARAMETER_INVALID' },
    {
      name: 'a value of another type',
      wish: { name: 'web', parameters: { realm: 'x', port: 'http' } },
      code: 'FUNCTION_PARAMETER_INVALID',
    },
    { name: 'more memory than it has', wish: { name: 'large' }, code: 'FUNCTION_NEEDS_UNMET' },
  ])('is refused when it is said: $name', async ({ wish, code }) => {
    expect((await own({ function: wish })).json.code).toBe(code)
  })

  it('keeps the function while a class is chosen for it', async () => {
    await put('/classes/servers', { selector: { tags: ['web'] }, function: { name: 'large' } })
    const { json } = await ask('DELETE', '/functions/large')
    expect([json.code, json.detail]).toEqual(['CENTRAL_OBJECT_IN_USE', expect.stringContaining('class servers names it')])
  })
})

describe('why a function comes to which software', () => {
  it('tells the entry that counted and why the others did not', async () => {
    const { json } = await ask('GET', `/functions/web/explain?node=${machine.nodeName}`)
    expect(json.places).toEqual([
      expect.objectContaining({
        architecture: 'x64',
        distribution: 'debian-web',
        refused: expect.stringContaining('there is no debian-15'),
        considered: [
          { what: 'standard, entry 1: debian-large', lost: 'it is for arm64, not x64' },
          { what: 'standard, entry 2: debian-web' },
          { what: 'default of standard: debian-large', lost: 'standard, entry 2: debian-web comes first' },
        ],
      }),
    ])
  })

  it('has the parameters of the site', async () => {
    const { json } = await ask('GET', '/functions/web/explain?site=paris')
    expect([json.site, json.parameters]).toEqual(['paris', { port: 8080, realm: 'fr' }])
  })
})

describe('a template', () => {
  it('is rendered for a machine at a site: what the node says goes over what the site says', async () => {
    const { json } = await ask('GET', `/templates/conf/render?site=paris&function=web&node=${machine.nodeName}`)
    expect(json).toMatchObject({ text: `${machine.nodeName}:8080 x`, version: 1, site: 'paris', function: 'web' })
  })

  it('says which name is not there', async () => {
    const { status, json } = await ask('GET', '/templates/conf/render?function=web')
    expect([status, json.code, json.detail]).toEqual([
      422,
      'TEMPLATE_NOT_RENDERED',
      'template conf, line 1: undefined variable: node',
    ])
  })
})
