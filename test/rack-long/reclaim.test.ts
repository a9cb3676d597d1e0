// A machine is taken from its job in the middle: another one finishes it, and the first restarts and is left in peace.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { type Prepared, prepare } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { startWaitingMachines } from './waiting-machines.ts'

const RESTART_MS = 240_000
const JOB_MS = 600_000
const REASON = 'its fan is to be changed'

describe('a machine that is reclaimed in the middle of a build', () => {
  let rack: Rack
  let prepared: Prepared

  beforeAll(async () => {
    prepared = await prepare('tiny-linux', () => {})
    rack = await Rack.create(prepared)
  })

  afterAll(() => rack?.close())

  it('restarts and is held; another machine finishes the job', async () => {
    onTestFailed(() => rack.saveLogs())
    const profilesDir = join(rack.directory, 'profiles')
    cpSync(prepared.profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
    const places = { bootDir: prepared.bootDir, profilesDir, diskBytes: 1024 ** 3 }
    const { operator, machines } = await startWaitingMachines(rack, places)
    const posted = await operator.addJob('build', '--profile', 'tiny-linux', '--when-done', 'stay')
    await operator.reaches(posted.id, ({ status }) => status.majorState === 'setup', JOB_MS)
    const { nodeName } = await operator.api.job(posted.id)
    const reclaimed = machines.find(({ spec }) => spec.name === nodeName)!
    const other = machines.find(({ spec }) => spec.name !== nodeName)!

    const held = (await operator.order('node', 'reclaim', nodeName!, '--reason', REASON)) as NodeView
    expect(held).toMatchObject({ name: nodeName, state: 'held', holdReason: REASON })
    await operator.reaches(posted.id, (job) => job.nodeName === other.spec.name, JOB_MS)
    await reclaimed.console.waitFor(/job \S+ dropped: /, RESTART_MS)
    await reclaimed.console.waitFor(/Nothing to do here: starting from the local disk/, RESTART_MS)

    const job = await operator.succeeded(posted.id, JOB_MS)
    expect(job).toMatchObject({ attempt: 1, nodeName: other.spec.name })
    expect(job.results.map(({ kind }) => kind)).toEqual(['format', 'setup', 'activate', 'capture'])
    const { lines } = await operator.api.jobLog(posted.id, 0)
    expect(lines.filter((line) => line.includes(`its node was reclaimed: ${REASON}`))).toHaveLength(1)
    const versions = (await operator.api.images()).flatMap((image) => image.versions)
    expect(versions).toMatchObject([{ imageName: 'tiny-linux', version: 1, jobId: posted.id }])
    expect(reclaimed.console.text.match(/^.*job \S+ \(build\)/gm)).toHaveLength(1)
    expect(await operator.nodeWith(reclaimed.spec.mac, 1000)).toMatchObject({ state: 'held', holdReason: REASON })
  })
})
