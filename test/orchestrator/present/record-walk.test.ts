// The appliance signs what a deploy leaves on a disk, when it is true, and later judges what machines show of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import { formatRecord, type RecordAnswer, type RecordRequest } from '../../../src/contract/disk-record.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { DeployStep } from '../../../src/contract/steps.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'
import { captureTiny } from '../../fakes/scene-images.ts'

const DISK = { ids: ['serial DISK-01'], tableId: 'aaaa' }

let scene: OrchestratorScene
let machine: SceneMachine
let assignment: Assignment

beforeEach(async () => {
  scene = await OrchestratorScene.open()
  machine = await scene.approved(1)
  await captureTiny(scene, machine, 1)
  await scene.post({ kind: 'deploy', image: 'tiny', node: machine.nodeName, whenDone: 'stay' })
  assignment = (await machine.claim())!
})
afterEach(() => scene[Symbol.asyncDispose]())

const recordStep = () => assignment.steps.findIndex(({ kind }) => kind === 'record')

async function upToRecord(): Promise<void> {
  for (let step = 0; step < recordStep(); step++) await machine.report(assignment, step)
}

async function sign(change: Partial<RecordRequest> = {}) {
  const { contentDigest } = (await scene.operator<{ contentDigest: string }>('GET', '/images/tiny/versions/1')).body
  const asked: RecordRequest = { leaseId: assignment.leaseId, contentDigest, disks: [DISK], place: 'beside', ...change }
  return machine.ask<RecordAnswer>(`/jobs/${assignment.jobId}/record`, asked)
}

const present = async () => (await scene.operator<NodeView>('GET', `/nodes/${machine.nodeName}`)).body.present

async function textOfRecord(): Promise<string> {
  await upToRecord()
  return formatRecord((await sign()).body.records[0]!)
}

describe('a record is signed', () => {
  it.each<{ name: string; change: Partial<RecordRequest>; code: string }>([
    { name: 'of another content', change: { contentDigest: 'b'.repeat(64) }, code: 'JOB_RECORD_REFUSED' },
    { name: 'for a disk that it does not have', change: { disks: [{ ids: ['serial X'] }] }, code: 'JOB_RECORD_REFUSED' },
    { name: 'under another lease', change: { leaseId: 'another' }, code: 'JOB_LEASE_LOST' },
  ])('not $name', async ({ change, code }) => {
    await upToRecord()
    expect(await sign(change)).toMatchObject({ status: 409, body: { code } })
  })

  it('not before the steps that it speaks of are done', async () => {
    expect(await sign()).toMatchObject({ body: { code: 'JOB_CONTENT_REFUSED' } })
  })

  it('for what the job deployed, to the node that did', async () => {
    await upToRecord()
    expect((await sign()).body.records).toMatchObject([
      { record: { nodeId: machine.nodeId, jobId: assignment.jobId, image: { name: 'tiny', version: 1 }, disk: DISK } },
    ])
  })
})

describe('what a machine shows', () => {
  it('is kept with the node, also over a kill, until a job writes to it', async () => {
    const text = await textOfRecord()
    expect((await machine.ask('/present', { records: [{ text, disk: DISK }] })).body).toMatchObject({ record: 'good' })
    await machine.report(assignment, recordStep())
    await scene.killAndBegin()
    expect(await present()).toMatchObject({ record: 'good', image: { name: 'tiny', version: 1 }, said: 'boot-os' })

    await scene.post({ kind: 'deploy', image: 'tiny', node: machine.nodeName })
    const next = (await machine.claim())!
    expect((next.steps[0] as DeployStep).provenDisks).toEqual(DISK.ids)
    expect(await present()).toBeUndefined()
  })

  it.each<{ name: string; change: (text: string) => string; disk?: object; want: string }>([
    { name: 'an edited one', change: (text) => text.replace('"version":1', '"version":2'), want: 'edited' },
    {
      name: 'one on another disk',
      change: (text) => text,
      disk: { ids: ['serial DISK-99'], tableId: 'aaaa' },
      want: 'copied-disk',
    },
    {
      name: 'one of a table that is gone',
      change: (text) => text,
      disk: { ids: DISK.ids, tableId: 'bbbb' },
      want: 'other-table',
    },
  ])('$name proves no image', async ({ change, disk = DISK, want }) => {
    const text = change(await textOfRecord())
    await machine.ask('/present', { records: [{ text, disk }] })
    expect(await present()).toMatchObject({ record: want })
    expect(await present()).not.toHaveProperty('image')
  })

  it('of another node is known as that', async () => {
    const text = await textOfRecord()
    const other = await scene.boot(2)
    expect((await other.ask('/present', { records: [{ text, disk: DISK }] })).body).toMatchObject({ record: 'of-another-node' })
  })

  it('counts for nothing where the deploy had no place for it', async () => {
    await upToRecord()
    expect((await sign({ place: 'none' })).body).toEqual({ records: [] })
    expect((await machine.ask('/present', { records: [] })).body).toMatchObject({ record: 'missing' })
    expect(await present()).toBeUndefined()
  })

  it('in an earlier boot is no consent in this one', async () => {
    const text = await textOfRecord()
    await machine.ask('/present', { records: [{ text, disk: DISK }] })
    await machine.report(assignment, recordStep())
    await scene.post({ kind: 'deploy', image: 'tiny', node: machine.nodeName })
    machine = await scene.boot(1)
    expect((await machine.claim())!.steps[0]).not.toHaveProperty('provenDisks')
  })
})
