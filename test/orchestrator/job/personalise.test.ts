// Who says what a copy gets of its own: the job, a class of its node, the profile of its image. Over the HTTP API.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import type { JobRequest, JobView } from '../../../src/contract/job.ts'
import type { PersonaliseWish } from '../../../src/contract/personalise.ts'
import { OrchestratorScene, TINY_PROFILE } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

async function withVersion(ofProfile?: PersonaliseWish) {
  const scene = await OrchestratorScene.open()
  if (ofProfile !== undefined) {
    scene.dropFile('tiny/profile.yaml', `${TINY_PROFILE}deploy:\n  personalise: ${JSON.stringify(ofProfile)}\n`)
  }
  const machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  return { scene, machine }
}

const deploy = (scene: OrchestratorScene, more: Partial<JobRequest> = {}): Promise<JobView> =>
  scene.post({ kind: 'deploy', node: 'node-1', image: 'tiny', ...more })
const setClass = (scene: OrchestratorScene, name: string, personalise: PersonaliseWish) =>
  scene.operator('PUT', `/classes/${name}`, { selector: { names: ['node-1'] }, personalise })

it('what a profile says goes with the version, also when the profile is gone', async () => {
  const { scene, machine } = await withVersion({ sshHostKeys: false })
  await using _scene = scene
  rmSync(join(scene.profilesDir, 'tiny'), { recursive: true })
  await scene.killAndBegin()
  expect((await scene.operator<ImageVersionView>('GET', '/images/tiny/versions/1')).body.personalise).toEqual({
    sshHostKeys: false,
  })
  expect(await deploy(scene)).toMatchObject({ personalise: { sshHostKeys: false } })
  expect((await machine.claim())!.steps.at(-2)).toMatchObject({ kind: 'personalise', hostname: 'node-1', sshHostKeys: false })
})

it('a job may say no to what its profile and its class say', async () => {
  const { scene } = await withVersion({})
  await using _scene = scene
  await setClass(scene, 'web', {})
  const { personalise, stepKinds } = await deploy(scene, { personalise: false })
  expect({ personalise, stepKinds }).toEqual({ personalise: undefined, stepKinds: ['deploy', 'verify', 'grow', 'record'] })
})

it('a class speaks for every deploy to its nodes, and no stays no in a body', async () => {
  const { scene, machine } = await withVersion()
  await using _scene = scene
  await setClass(scene, 'web', { hostname: false, machineId: false })
  expect(await deploy(scene)).toMatchObject({ personalise: { hostname: false, machineId: false } })
  const step = (await machine.claim())!.steps.at(-2)!
  expect(step).toMatchObject({ kind: 'personalise', sshHostKeys: true })
  expect(step).not.toHaveProperty('hostname')
})

it('of several classes the first by name speaks, or the one that deploys', async () => {
  const { scene } = await withVersion()
  await using _scene = scene
  await setClass(scene, 'web', { hostname: 'web' })
  await setClass(scene, 'lab', { hostname: 'lab' })
  expect(await deploy(scene)).toMatchObject({ personalise: { hostname: 'lab' } })
  const { body } = await scene.operator<{ jobs: JobView[] }>('POST', '/classes/web/deploy', { image: 'tiny', nodes: 1 })
  expect(body.jobs).toMatchObject([{ personalise: { hostname: 'web' } }])
})
