// The percent of a job over all of its steps, as people are told: it never falls within an attempt, and a change of step is no leap.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import type { JobView } from '../../../src/contract/job.ts'
import { OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'

const beat = (machine: SceneMachine, { jobId, leaseId }: Assignment, step: number, percent: number) =>
  machine.ask(`/jobs/${jobId}/heartbeat`, { leaseId, step, minorState: 'working', percent, transfer: {} })

/** Everything that is told of a job, by events and when it is asked for: attempt, step, percent. */
function listen(scene: OrchestratorScene) {
  const told: { jobId: string; attempt: number; step: number; percent: number }[] = []
  const note = ({ id, attempt, stepIndex, state, status }: JobView) =>
    state !== 'queued' && told.push({ jobId: id, attempt, step: stepIndex, percent: status.percent })
  scene.rooms.events.subscribe((event) => 'job' in event && note(event.job), ['job.changed', 'job.progressed'])
  return { told, look: async (id: string) => note(await scene.job(id)) }
}

it('walks from step to step without a leap, whatever heartbeats come late', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const { told, look } = listen(scene)
  const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  for (let step = 0; step < assignment.steps.length; step++) {
    for (const percent of [0, 50, 100]) await beat(machine, assignment, step, percent)
    await look(id)
    const before = told.at(-1)!.percent
    await machine.report(assignment, step)
    expect(Math.abs(told.at(-1)!.percent - before), `the end of step ${step}`).toBeLessThan(0.11)
    await beat(machine, assignment, step, 100)
    await look(id)
    expect(Math.abs(told.at(-1)!.percent - before), 'a heartbeat of the step before').toBeLessThan(0.11)
  }
  expect(told.at(-1)!.percent).toBe(100)
})

it('keeps its weights when another job of its kind ends meanwhile', async () => {
  await using scene = await OrchestratorScene.open()
  const [one, other] = [await scene.approved(1), await scene.approved(2)]
  const first = await scene.post({ kind: 'build', profile: 'tiny' })
  await scene.post({ kind: 'build', profile: 'tiny' })
  const [mine, theirs] = [(await one.claim())!, (await other.claim())!]
  await one.report(mine, 0)
  await beat(one, mine, 1, 50)
  const before = (await scene.job(first.id)).status.percent
  for (const step of theirs.steps.keys()) await other.report(theirs, step, { seconds: [900, 1, 1][step]! })
  expect((await scene.job(first.id)).status.percent).toBe(before)
})

it('a job that fails stays where it was', async () => {
  await using scene = await OrchestratorScene.open()
  const machine = await scene.approved(1)
  const { id } = await scene.post({ kind: 'build', profile: 'tiny' })
  const assignment = (await machine.claim())!
  await machine.report(assignment, 0)
  await beat(machine, assignment, 1, 90)
  const before = (await scene.job(id)).status.percent
  await machine.report(assignment, 1, { outcome: 'failed' })
  expect(await scene.job(id)).toMatchObject({ state: 'failed', status: { percent: before } })
})

const move = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('beat' as const), late: fc.boolean(), percent: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), seconds: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('failed' as const), isDamaged: fc.boolean(), seconds: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'boot' as const }) },
)

it('never falls within an attempt, over all steps, repeats and boots, in what it is told by whatever way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 30 }), async (moves) => {
      await using scene = await OrchestratorScene.open()
      let machine = await scene.approved(1)
      const { told, look } = listen(scene)
      let assignment: Assignment | undefined
      for (const each of moves) {
        if (assignment === undefined) {
          await scene.post({ kind: 'build', profile: 'tiny', stepRetries: 1 })
          assignment = (await machine.claim())!
        }
        const { stepIndex, state } = await scene.job(assignment.jobId)
        if (state !== 'running') {
          assignment = await machine.claim()
          continue
        }
        if (each.do === 'beat') await beat(machine, assignment, Math.max(0, stepIndex - (each.late ? 1 : 0)), each.percent)
        if (each.do === 'done') await machine.report(assignment, stepIndex, { seconds: each.seconds })
        if (each.do === 'failed') {
          const code = each.isDamaged ? 'IMAGE_DIGEST_MISMATCH' : 'AGENT_SCRIPT_FAILED'
          const failure = { code, message: 'no', hint: '' }
          await machine.report(assignment, stepIndex, { outcome: 'failed', failure, seconds: each.seconds })
        }
        if (each.do === 'wait') scene.clock.advance(each.seconds * 1000)
        if (each.do === 'boot') {
          machine = await scene.boot(1)
          assignment = await machine.claim()
        }
        if (assignment !== undefined) await look(assignment.jobId)
      }
      for (const [index, now] of told.entries()) {
        const before = told.slice(0, index).findLast(({ jobId }) => jobId === now.jobId)
        if (before?.attempt === now.attempt)
          expect(now.percent, JSON.stringify({ before, now })).toBeGreaterThanOrEqual(before.percent)
      }
    }),
    { numRuns: 10 },
  )
}, 120_000)
