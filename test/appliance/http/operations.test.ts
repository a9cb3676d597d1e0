// Long work over HTTP: what requests begin is listed with how it ended.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Operation, OperationList } from '../../../src/contract/operations.ts'
import type { Problem } from '../../../src/contract/problem.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'

let scene: OrchestratorScene
beforeEach(async () => {
  scene = await OrchestratorScene.open()
})
afterEach(() => scene[Symbol.asyncDispose]())

const list = async (query = '') => (await scene.operator<OperationList>('GET', `/operations${query}`)).body.operations

it('a version that is verified and a store that is tidied are operations', async () => {
  const machine = await scene.approved(1)
  await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  for (let step = 0; step < assignment.steps.length; step++) await machine.report(assignment, step)

  await scene.operator('POST', '/images/tiny/versions/1/verify')
  await expect.poll(async () => (await list('?filter=kind=image-verify')).map(({ state }) => state)).toEqual(['succeeded'])
  await scene.operator('POST', '/images/collect')
  expect((await list()).map(({ kind, state, title }) => [kind, state, title])).toEqual([
    ['store-collect', 'succeeded', 'chunks that no version names'],
    ['image-verify', 'succeeded', 'tiny version 1'],
  ])
  const [{ id } = { id: '' }] = await list()
  expect((await scene.operator<Operation>('GET', `/operations/${id}`)).body).toMatchObject({ id, kind: 'store-collect' })
  const over = await scene.operator<Problem>('POST', `/operations/${id}/cancel`)
  expect([over.status, over.body.code]).toEqual([409, 'OPERATION_OVER'])
  expect((await scene.operator<Problem>('GET', '/operations/nobody')).body.code).toBe('OPERATION_NOT_FOUND')
})
