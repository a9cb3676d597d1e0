// Packages over the API: a deploy with them, a change without a new image, what the agent may fetch, and what stays because a node has it.
import { expect, it } from 'vitest'
import { PACKAGE_TYPE } from '../../../src/contract/package.ts'
import type { PackagesStep } from '../../../src/contract/steps.ts'
import { tarOf } from '../../fakes/deb-file.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

async function bring(scene: OrchestratorScene, version: string, more = ''): Promise<void> {
  const yaml = `name: agent\nversion: ${version}\ninstall: install.sh\n${more}`
  const { statusCode } = await scene.app.inject({
    method: 'POST',
    url: '/api/v1/packages',
    headers: { authorization: `Bearer ${scene.operatorToken}`, 'content-type': PACKAGE_TYPE },
    payload: tarOf({ 'package.yaml': yaml, 'install.sh': `echo ${version}` }),
  })
  expect(statusCode).toBe(201)
}

const texts = (refs: readonly { name: string; version: string }[] = []) => refs.map(({ name, version }) => `${name} ${version}`)

it('a deploy brings packages, another job changes them without a new image, and they stay while a node has them', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  await bring(scene, '1.0.0')
  await bring(scene, '2.0.0')
  const early = await scene.operator<{ code: string; message: string }>('POST', '/jobs', {
    kind: 'packages',
    node: 'node-1',
    packages: [{ name: 'agent' }],
  })
  expect([early.status, early.body.message]).toEqual([422, 'node-1 runs nothing that was verified'])

  const posted = await scene.post({ kind: 'deploy', node: 'node-1', image: 'tiny', packages: [{ name: 'agent', range: '^1' }] })
  expect(posted.stepKinds).toEqual(['deploy', 'verify', 'grow', 'packages', 'record'])
  expect((await scene.operator<{ message: string }>('DELETE', '/packages/agent/versions/1.0.0')).body.message).toMatch(
    /installs it/,
  )
  const assignment = (await machine.claim())!
  const step = assignment.steps[3] as PackagesStep
  expect([texts(step.removes), texts(step.installs)]).toEqual([[], ['agent 1.0.0']])
  const fetched = (version: string, digest: string) =>
    scene.app.inject({
      url: `/agent/v1/packages/agent/${version}/files/${digest}`,
      headers: { authorization: `Bearer ${machine.token}` },
    })
  expect((await fetched('1.0.0', step.installs[0]!.install!.digest)).body).toBe('echo 1.0.0')
  expect((await fetched('2.0.0', step.installs[0]!.install!.digest)).json()).toMatchObject({ code: 'JOB_CONTENT_REFUSED' })
  await machine.finish(assignment)
  const node = async () =>
    (
      await scene.operator<{ installed: { version: number; packages: { name: string; version: string }[] } }>(
        'GET',
        '/nodes/node-1',
      )
    ).body
  expect(texts((await node()).installed.packages)).toEqual(['agent 1.0.0'])

  await scene.post({ kind: 'packages', node: 'node-1', packages: [{ name: 'agent', range: '^2' }] })
  const change = (await machine.claim())!
  const changeStep = change.steps[0] as PackagesStep
  expect(change.steps.map(({ kind }) => kind)).toEqual(['packages', 'record'])
  expect([texts(changeStep.removes), texts(changeStep.installs)]).toEqual([['agent 1.0.0'], ['agent 2.0.0']])
  await machine.finish(change)
  expect((await node()).installed).toMatchObject({ version: 1, packages: [{ name: 'agent', version: '2.0.0' }] })
  expect((await scene.operator<{ message: string }>('DELETE', '/packages/agent/versions/2.0.0')).body.message).toMatch(
    /node-1 has it/,
  )
  expect((await scene.operator('DELETE', '/packages/agent/versions/1.0.0')).status).toBe(204)

  await scene.post({ kind: 'packages', node: 'node-1', removePackages: ['agent'] })
  const removal = (await machine.claim())!
  expect(texts((removal.steps[0] as PackagesStep).removes)).toEqual(['agent 2.0.0'])
  await machine.finish(removal)
  expect((await node()).installed.packages).toEqual([])
})

it('what does not go together is refused when it is posted', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  await bring(scene, '1.0.0', 'architectures: [arm64]\n')
  const { status, body } = await scene.operator<{ code: string; message: string }>('POST', '/jobs', {
    kind: 'deploy',
    node: 'node-1',
    image: 'tiny',
    packages: [{ name: 'agent' }],
  })
  expect([status, body.code]).toEqual([422, 'PACKAGES_CONFLICT'])
  expect(body.message).toMatch(/no packages for node-1: agent is wanted: agent 1.0.0 – it is for arm64, the machine is x64/)
})
