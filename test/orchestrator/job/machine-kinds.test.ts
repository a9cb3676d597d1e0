// Runs, wipes and checks over HTTP: what is refused when it is posted, what an agent may fetch, and what counts as done.
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import type { Measures } from '../../../src/contract/hardware.ts'
import type { JobRequest, JobView } from '../../../src/contract/job.ts'
import type { NodeView } from '../../../src/contract/operator-api.ts'
import type { OutcomeAnswer } from '../../../src/contract/outcome.ts'
import type { KeptRunFile, RunStep } from '../../../src/contract/run.ts'
import type { SignedWipeCertificate, WipedDisk, WipeStep } from '../../../src/contract/wipe.ts'
import { digestOfBytes, patternAt, SAMPLE_BYTES, samplePlaces } from '../../../src/imaging/wipe-samples.ts'
import { inventoryOf } from '../../fakes/inventories.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const AT = '2026-01-01T00:00:00.000Z'

async function bring(scene: OrchestratorScene, text: string): Promise<string> {
  const { statusCode, body } = await scene.app.inject({
    method: 'POST',
    url: '/api/v1/run-files',
    headers: { authorization: `Bearer ${scene.operatorToken}`, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(text),
  })
  expect(statusCode).toBe(201)
  const { digest } = JSON.parse(body) as KeptRunFile
  expect(digest).toBe(sha256(text))
  return digest
}

const refusal = async (scene: OrchestratorScene, request: Partial<JobRequest>) => {
  const { body } = await scene.operator<{ code: string; message: string }>('POST', '/jobs', request)
  return `${body.code}: ${body.message}`
}

const fetched = async (scene: OrchestratorScene, machine: SceneMachine, { jobId }: Assignment, digest: string) =>
  (
    await scene.app.inject({
      url: `/agent/v1/jobs/${jobId}/run-files/${digest}`,
      headers: { authorization: `Bearer ${machine.token}` },
    })
  ).body

async function keep(scene: OrchestratorScene, machine: SceneMachine, { jobId, leaseId }: Assignment, name: string, text: string) {
  const { statusCode } = await scene.app.inject({
    method: 'POST',
    url: `/agent/v1/jobs/${jobId}/files/${name}?leaseId=${leaseId}`,
    headers: { authorization: `Bearer ${machine.token}`, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(text),
  })
  expect(statusCode).toBe(204)
}

const show = (machine: SceneMachine, { jobId, leaseId }: Assignment, report: object) =>
  machine.ask<OutcomeAnswer>(`/jobs/${jobId}/outcome`, { leaseId, ...report })

it('a run brings its files to its own node alone, and is done when the appliance has what its scripts printed', async () => {
  await using scene = await OrchestratorScene.open()
  const [machine, other] = [await scene.approved(1), await scene.approved(2)]
  const [script, data] = [await bring(scene, 'echo hello'), await bring(scene, 'data')]
  const files = [
    { path: 'a.sh', digest: script, isScript: true },
    { path: 'data/b', digest: data, isScript: false },
  ]
  const job = { kind: 'run', node: 'node-1', run: { files } } as const
  expect(await refusal(scene, { ...job, run: { files: [files[1]!] } })).toMatch(
    /^JOB_REQUEST_INVALID: none of the files is a script/,
  )
  expect(await refusal(scene, { ...job, run: { files: [files[0]!, files[0]!] } })).toMatch(/named twice/)
  const strange = [{ ...files[0]!, digest: sha256('never brought') }]
  expect(await refusal(scene, { ...job, run: { files: strange } })).toMatch(/^RUN_FILE_NOT_FOUND/)

  const posted = await scene.post({ ...job, variables: { COLOUR: 'blue' } })
  const assignment = (await machine.claim())!
  const step = assignment.steps[0] as RunStep
  expect(step).toMatchObject({
    kind: 'run',
    scripts: ['a.sh'],
    inRoot: false,
    variables: { COLOUR: 'blue' },
    timeoutSeconds: 3600,
  })
  expect(step.files.map(({ sizeBytes }) => sizeBytes)).toEqual([10, 4])
  expect(await fetched(scene, machine, assignment, script)).toBe('echo hello')
  expect(await fetched(scene, machine, assignment, sha256('x'))).toMatch(/JOB_CONTENT_REFUSED/)
  await scene.post({ ...job, node: 'node-2' })
  await other.claim()
  expect(await fetched(scene, other, assignment, script)).toMatch(/JOB_CONTENT_REFUSED/)

  const ran = { path: 'a.sh', exitCode: 0, seconds: 1, outputFile: 'a.sh.txt', outputDigest: sha256('hello\n') }
  expect((await show(machine, assignment, { kind: 'run', scripts: [ran] })).body).toEqual({
    isProven: false,
    lines: ['what a.sh printed is not here as a.sh.txt'],
  })
  await keep(scene, machine, assignment, 'a.sh.txt', 'hello\n')
  expect((await show(machine, assignment, { kind: 'run', scripts: [{ ...ran, exitCode: 1 }] })).body.lines).toEqual([
    'a.sh ended with 1',
  ])
  expect((await show(machine, assignment, { kind: 'run', scripts: [ran] })).body).toEqual({ isProven: true, lines: [] })
  expect((await machine.say(assignment, 0)).body).toEqual({ order: 'ended' })
  expect(await scene.job(posted.id)).toMatchObject({ state: 'succeeded', outcome: { kind: 'run', scripts: [ran] } })
})

it.each([
  { name: 'nothing shown', showsBad: false, says: 'it has shown nothing in this try of the step' },
  { name: 'something that does not prove it', showsBad: true, says: 'what it has shown does not prove it' },
])('a run that is said to be done with $name has failed', async ({ showsBad, says }) => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const files = [{ path: 'a.sh', digest: await bring(scene, 'true'), isScript: true }]
  const { id } = await scene.post({ kind: 'run', node: 'node-1', run: { files } })
  const assignment = (await machine.claim())!
  const ran = { path: 'a.sh', exitCode: 0, seconds: 1, outputFile: 'a.sh.txt', outputDigest: sha256('') }
  if (showsBad) await show(machine, assignment, { kind: 'run', scripts: [ran] })
  await machine.say(assignment, 0)
  expect((await scene.job(id)).failure).toMatchObject({ code: 'JOB_OUTCOME_UNPROVEN', message: expect.stringContaining(says) })
})

function wiped({ seed, samples }: WipeStep, disk: Partial<WipedDisk>, after: (pattern: string) => string): WipedDisk {
  const own = inventoryOf(1).disks[0]!
  const { serial, wwn, model, byPath, sizeBytes } = own
  const rows = samplePlaces(seed, sizeBytes, samples).map((offset) => {
    const pattern = digestOfBytes(patternAt(seed, offset, SAMPLE_BYTES))
    return { offset, before: pattern, after: after(pattern) }
  })
  const named = JSON.parse(JSON.stringify({ serial, wwn, model, byPath })) as object
  return { ...named, sizeBytes, method: 'discard', startedAt: AT, endedAt: AT, samples: rows, ...disk }
}
const ZEROS = digestOfBytes(Buffer.alloc(SAMPLE_BYTES))

it('a wipe names its disk, forgets what was installed, and is certified when it is proven alone', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const { serial } = inventoryOf(1).disks[0]!
  expect(await refusal(scene, { kind: 'wipe', node: 'node-1' })).toMatch(/names its disks by serial, WWN or path/)
  expect(await refusal(scene, { kind: 'wipe', node: 'node-1', disk: { pick: 'only' } })).toMatch(/names its disks by serial/)
  expect(await refusal(scene, { kind: 'wipe', node: 'node-1', disk: { serial: 'none' } })).toMatch(/^AGENT_DISK_NOT_MATCHED/)

  const { id } = await scene.post({ kind: 'wipe', node: 'node-1', disk: { serial: serial! }, eraseForeignData: true })
  const assignment = (await machine.claim())!
  const step = assignment.steps[0] as WipeStep
  const shown = (disk: WipedDisk) => show(machine, assignment, { kind: 'wipe', disks: [disk] })
  const lines = async (disk: WipedDisk) => (await shown(disk)).body.lines.join()
  expect(await lines(wiped(step, {}, (pattern) => pattern))).toMatch(/holds what was written to it before/)
  expect(await lines(wiped(step, { serial: 'ANOTHER' }, () => ZEROS))).toMatch(/showed no such disk/)
  const files = async () => (await scene.operator<{ files: { name: string }[] }>('GET', `/jobs/${id}/files`)).body.files
  expect(await files()).toEqual([])

  expect((await shown(wiped(step, {}, () => ZEROS))).body.isProven).toBe(true)
  expect((await machine.say(assignment, 0)).body).toEqual({ order: 'ended' })
  const certificate = `certificate-${serial}`
  expect((await files()).map(({ name }) => name)).toEqual([`${certificate}.json`, `${certificate}.txt`])
  const { body: signed } = await scene.operator<SignedWipeCertificate>('GET', `/jobs/${id}/files/${certificate}.json`)
  expect(signed.certificate).toMatchObject({
    jobId: id,
    method: 'discard',
    disk: { serial },
    samples: { count: 128, found: 'zeros' },
  })
  const verdict = async (each: SignedWipeCertificate) =>
    (await scene.operator<{ isGenuine: boolean }>('POST', '/wipe-certificates/verify', each)).body.isGenuine
  expect(await verdict(signed)).toBe(true)
  expect(await verdict({ ...signed, certificate: { ...signed.certificate, method: 'nvme-format' } })).toBe(false)
  expect((await scene.job(id)).outcome).toMatchObject({ disks: [{ certificate: `${certificate}.json` }] })
})

const GOOD: Measures[] = [
  { item: 'memory', totalBytes: 1000, testedBytes: 700, patterns: 4, wrongBlocks: 0 },
  { item: 'processor', cores: 2, rounds: 100, wrongRounds: 0 },
  { item: 'network', downBytes: 1e9, downSeconds: 10, upBytes: 1e9, upSeconds: 10, isDamaged: false },
]

it('a check is judged by the appliance, and the node keeps its report, also a bad one', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const { devicePath, sizeBytes } = inventoryOf(1).disks[0]!
  const thresholds = { minDownBytesPerSecond: 2e8 }
  const post = (check: object): Promise<JobView> =>
    scene.post({ kind: 'check', node: 'node-1', check: check as JobRequest['check'] & object })
  const hardware = async () => (await scene.operator<NodeView>('GET', '/nodes/node-1')).body.hardware

  await post({ thresholds })
  const first = (await machine.claim())!
  const bad = (await show(machine, first, { kind: 'check', measures: GOOD })).body
  expect(bad.isProven).toBe(false)
  expect(bad.lines).toContain(`${devicePath} was not measured`)
  expect(bad.lines.join('\n')).toMatch(/network: bad: slower from the appliance than 200.0 MB\/s; 100.0 MB\/s from the appliance/)
  expect(await hardware()).toMatchObject({ verdict: 'bad', jobId: first.jobId })
  await machine.say(first, 0, { outcome: 'failed' })

  const { id } = await post({})
  const second = (await machine.claim())!
  const disk = {
    item: 'disk',
    devicePath,
    sizeBytes,
    readBytes: 1e6,
    readSeconds: 1,
    isWhole: false,
    badOffsets: [],
    badReads: 0,
  }
  expect((await show(machine, second, { kind: 'check', measures: [...GOOD, disk] })).body.isProven).toBe(true)
  expect((await machine.say(second, 0)).body).toEqual({ order: 'ended' })
  expect(await hardware()).toMatchObject({ verdict: 'good', jobId: id })
  expect((await scene.job(id)).state).toBe('succeeded')
})
