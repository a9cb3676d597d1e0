// Configuration files of a function, from the template to the machine: what a job puts there, what is kept of it, what differs later, and what a
// template that fails costs.
import { expect, it } from 'vitest'
import type { PackagesStep, PersonaliseStep, SetupStep } from '../../src/contract/steps.ts'
import type { NodeWanted } from '../../src/contract/wanted.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { captureTiny } from '../fakes/scene-images.ts'

const CONF = '/etc/site.conf'

async function scene() {
  const opened = await OrchestratorScene.open()
  const put = async (path: string, body: object): Promise<void> => {
    const { status, body: said } = await opened.operator('PUT', path, body)
    expect(status, JSON.stringify(said)).toBe(200)
  }
  const machine = await opened.approved(1)
  await captureTiny(opened, machine, 1)
  await put('/distributions/tiny', { images: [{ image: 'tiny' }], files: ['motd'] })
  await put('/distribution-profiles/standard', { entries: [{ function: 'web', distribution: 'tiny' }] })
  await put('/configuration-files/motd', { to: '/etc/motd', mode: '0600', text: 'hello\n' })
  await put('/templates/conf', { to: CONF, text: 'name {{ node.name }}\nport {{ parameters.port }}\nend\n' })
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 80 } }, templates: ['conf'] })
  await put(`/nodes/node-1/wanted`, { function: { name: 'web' }, enforce: 'at-boot' })
  const wanted = async () => (await opened.operator<NodeWanted>('GET', '/nodes/node-1/wanted')).body
  const rendered = async () =>
    (await opened.operator<{ difference: string[]; onNode?: object; code?: string }>('GET', '/templates/conf/render?node=node-1'))
      .body
  return { scene: opened, machine, put, wanted, rendered }
}

it('a deploy puts them there, a change of the template is a difference, and a job of packages makes it right', async () => {
  const { scene: opened, machine, put, wanted, rendered } = await scene()
  await using _ = opened
  expect((await rendered()).difference).toEqual(['@@ -0,0 +1,3 @@', '+name node-1', '+port 80', '+end'])
  // At its next boot the job comes by itself, without a word about its identity.
  const deploy = (await machine.claim())!
  expect(deploy.steps.map(({ kind }) => kind)).toEqual(['deploy', 'verify', 'grow', 'personalise', 'record'])
  const step = deploy.steps[3] as PersonaliseStep
  expect([step.sshHostKeys, step.hostname, step.machineId]).toEqual([false, undefined, undefined])
  expect(step.configuration).toEqual([
    { to: '/etc/motd', mode: '0600', text: 'hello\n' },
    { to: CONF, text: 'name node-1\nport 80\nend\n' },
  ])
  await machine.finish(deploy)
  expect((await wanted()).difference.kind).toBe('none')
  expect(await rendered()).toMatchObject({ difference: [], onNode: { version: 1, jobId: deploy.jobId } })

  await put('/templates/conf', { to: CONF, text: 'name {{ node.name }}\nlisten {{ parameters.port }}\nend\n' })
  expect((await wanted()).difference).toMatchObject({ kind: 'files', words: '/etc/site.conf becomes another' })
  expect((await rendered()).difference).toEqual(['@@ -1,3 +1,3 @@', ' name node-1', '-port 80', '+listen 80', ' end'])
  const again = await opened.boot(1)
  again.disk = machine.disk
  await again.prove()
  const change = (await again.claim())!
  expect(change.steps.map(({ kind }) => kind)).toEqual(['packages', 'record'])
  const { installs, removes, configuration } = change.steps[0] as PackagesStep
  expect([installs, removes, configuration?.map(({ to }) => to)]).toEqual([[], [], ['/etc/motd', CONF]])
  // An agent that does not know of them, or did not write them, is not believed.
  expect((await again.say(change, 0, { configuration: [] })).body.order).not.toBe('next-step')
})

it('what was put there is told over a restart, and to who asks which lines differ', async () => {
  const { scene: opened, machine, put } = await scene()
  await using _ = opened
  await machine.finish((await machine.claim())!)
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 8080 } }, templates: ['conf'] })
  await opened.killAndBegin()
  const { body } = await opened.operator<{ difference: string[] }>('GET', '/templates/conf/render?node=node-1')
  expect(body.difference).toEqual(['@@ -1,3 +1,3 @@', ' name node-1', '-port 80', '+port 8080', ' end'])
})

it('a template that fails costs that machine its job, with the line, and no other', async () => {
  const { scene: opened, machine, put, wanted } = await scene()
  await using _ = opened
  const other = await opened.approved(2)
  await put('/templates/conf', { to: CONF, text: 'ok\n{% if node.name == "node-1" %}{{ node.rack }}{% endif %}' })
  await put(`/nodes/node-2/wanted`, { function: { name: 'web' }, enforce: 'at-boot' })
  const reason = 'template conf, line 2: undefined variable: node.rack'
  expect((await wanted()).difference).toEqual({ kind: 'unmet', words: reason })
  const refused = await opened.operator<{ code: string; detail: string }>('POST', '/jobs', {
    kind: 'deploy',
    node: 'node-1',
    image: 'tiny',
  })
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([422, 'TEMPLATE_NOT_RENDERED', `node-1: ${reason}`])
  expect(await machine.claim()).toBeUndefined()
  expect((await other.claim())!.steps.map(({ kind }) => kind)).toContain('personalise')
  // Whoever wants the image without them can have it.
  const bare = await opened.post({ kind: 'deploy', node: 'node-1', image: 'tiny', personalise: false })
  expect(bare.stepKinds).toEqual(['deploy', 'verify', 'grow', 'record'])
})

it('two that go to one place are refused; that of the function goes over that of the distribution', async () => {
  const { scene: opened, machine, put, wanted } = await scene()
  await using _ = opened
  await put('/configuration-files/other', { to: CONF, text: 'other' })
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 80 } }, templates: ['conf'], files: ['other'] })
  expect((await wanted()).difference.words).toBe(`the template conf and the file other of function web both go to ${CONF}`)
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 80 } }, templates: ['conf'] })
  await put('/distributions/tiny', { images: [{ image: 'tiny' }], files: ['other'] })
  await opened.post({ kind: 'deploy', node: 'node-1', image: 'tiny' })
  const step = (await machine.claim())!.steps[3] as PersonaliseStep
  expect(step.configuration?.map(({ text }) => text)).toEqual(['name node-1\nport 80\nend\n'])
})

it('a build has those that its profile names, rendered for the site, and refuses one that speaks of a machine', async () => {
  const { scene: opened, put } = await scene()
  await using _ = opened
  const builder = await opened.approved(3)
  await put('/templates/banner', { to: '/etc/banner', text: 'port {{ parameters.port }}' })
  await put('/functions/web', { parameters: { port: { type: 'integer', default: 81 } }, templates: ['banner'] })
  const profile = (names: readonly string[]) =>
    [
      'name: conf\narchitecture: x64\nformat:\n  partitions:\n    - { name: root, type: linux, filesystem: ext4, mount: / }\nsetup:\n  actions:',
      ...names.map((name) => `    - { configuration: ${name} }`),
      'capture:\n  image: conf\n',
    ].join('\n')
  opened.dropFile('conf/profile.yaml', profile(['banner', 'motd']))
  await opened.post({ kind: 'build', profile: 'conf', node: builder.nodeName })
  const { actions } = (await builder.claim())!.steps[1] as SetupStep
  expect(actions).toEqual([
    { write: { to: '/etc/banner', text: 'port 81' } },
    { write: { to: '/etc/motd', mode: '0600', text: 'hello\n' } },
  ])
  opened.dropFile('conf/profile.yaml', profile(['conf']))
  const { status, body } = await opened.operator<{ code: string; detail: string }>('POST', '/jobs', {
    kind: 'build',
    profile: 'conf',
  })
  expect([status, body.code, body.detail]).toEqual([
    422,
    'TEMPLATE_NOT_RENDERED',
    'profile conf: template conf, line 1: undefined variable: node',
  ])
})
