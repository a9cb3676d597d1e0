// The id of an image is no proof that a disk is ours; what the node was given images on is remembered, over a kill of the appliance, too.
import { describe, expect, it } from 'vitest'
import type { DeployStep } from '../../../src/contract/steps.ts'
import { OrchestratorScene } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

describe('the steps of a deploy', () => {
  it('name ids of images apart from those that were made up here, and the disks that the node wrote to', async () => {
    await using scene = await OrchestratorScene.open()
    const machine = await scene.approved(1)
    await captureTiny(scene, machine, 1)
    const { id } = await scene.post({ kind: 'deploy', image: 'tiny', node: machine.nodeName, maxAttempts: 3 })
    const first = (await machine.claim())!
    const step = first.steps[0] as DeployStep
    expect(step.knownTableIds).toContain(id)
    expect(step.knownDisks ?? []).toEqual([])
    for (const shared of step.sharedTableIds ?? []) expect(step.knownTableIds).not.toContain(shared)

    const note = { leaseId: first.leaseId, disks: ['serial S3Z9', 'wwn 0x5000'] }
    expect(await machine.ask(`/jobs/${first.jobId}/disks`, note)).toMatchObject({ status: 200, body: { noted: true } })
    expect(await machine.ask(`/jobs/${first.jobId}/disks`, { ...note, leaseId: 'another' })).toMatchObject({ status: 409 })
    await scene.killAndBegin()
    const again = (await machine.claim())!
    expect(again.jobId).toBe(first.jobId)
    expect((again.steps[0] as DeployStep).knownDisks).toEqual(['serial S3Z9', 'wwn 0x5000'])
    expect((await scene.operator('GET', `/nodes/${machine.nodeName}`)).body).not.toHaveProperty('knownDisks')
  })
})
