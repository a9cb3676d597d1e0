// Steps that take the machine down: what its next boots are told, and when the job goes on. Over HTTP, with the appliance killed in between.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../../src/contract/agent-api.ts'
import { bootClientOf, OrchestratorScene, type SceneMachine } from '../../fakes/orchestrator-scene.ts'

const profileWith = (reboot: string) => `name: stages
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
steps:
  - reboot: ${reboot}
  - setup: { actions: [{ script: finish.sh }] }
capture:
  image: stages
`
const KERNEL = '{ into: kernel, kernel: vmlinuz, initrd: first.img, arguments: "mark={{imageName}} quiet", waitSeconds: 600 }'
const SECOND = 1000

interface Stage extends AsyncDisposable {
  readonly scene: OrchestratorScene
  readonly machine: SceneMachine
  readonly assignment: Assignment
  /** What the loader of the machine is told. */
  boots(isAgain?: boolean): ReturnType<OrchestratorScene['orchestrator']['bootAnswer']>
  departs(): Promise<number>
}

/** A job whose format is done and whose next step is the reboot. */
async function stageWith(reboot: string, request: object = {}, inventory: object = {}): Promise<Stage> {
  const scene = await OrchestratorScene.open()
  scene.dropFile('stages/profile.yaml', profileWith(reboot))
  for (const file of ['vmlinuz', 'first.img', 'finish.sh']) scene.dropFile(`stages/${file}`, `the content of ${file}`)
  const machine = await scene.approved(1, inventory)
  await scene.post({ kind: 'build', profile: 'stages', ...request })
  const assignment = (await machine.claim())!
  await machine.report(assignment, 0)
  scene.clock.advance(SECOND)
  return {
    scene,
    machine,
    assignment,
    boots: (isAgain = false) => scene.orchestrator.bootAnswer({ ...bootClientOf(1), isAgain }),
    departs: async () =>
      (await machine.ask(`/jobs/${assignment.jobId}/departure`, { leaseId: assignment.leaseId, step: 1 })).status,
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  }
}

/** Its agent is back and claims. */
async function back({ scene }: Stage): Promise<Assignment> {
  scene.clock.advance(SECOND)
  return (await (await scene.boot(1)).claim())!
}

describe('a step that sends its machine away', () => {
  it('into a kernel of the profile: once, then the job goes on at the next step', async () => {
    await using stage = await stageWith(KERNEL)
    const { scene, assignment } = stage
    expect(assignment.steps.map(({ kind }) => kind)).toEqual(['format', 'reboot', 'setup', 'capture'])
    expect(await stage.departs()).toBe(204)
    expect(await stage.departs(), 'said twice').toBe(204)

    const answer = stage.boots()
    if (answer.kind !== 'kernel') throw new Error(`the machine is told ${answer.kind}`)
    expect(answer.kernelArguments).toBe('mark=stages quiet')
    expect((await scene.app.inject(answer.kernelPath)).body).toBe('the content of vmlinuz')
    expect((await scene.app.inject(answer.initrdPath!)).body).toBe('the content of first.img')
    expect(stage.boots(true).kind, 'it could not load it').toBe('kernel')

    scene.clock.advance(5 * SECOND)
    const second = await back(stage)
    expect(second).toMatchObject({ jobId: assignment.jobId, stepIndex: 2, attempt: 1 })
    expect(second.leaseId).not.toBe(assignment.leaseId)
    expect((await scene.app.inject(answer.kernelPath)).statusCode, 'its boot is over').toBe(401)
    expect((await scene.job(assignment.jobId)).results).toMatchObject([
      { kind: 'format' },
      { step: 1, kind: 'reboot', seconds: 6 },
    ])
    expect(await scene.logOf(assignment.jobId)).toContain('node-1 is back after 6.0 s')
  })

  it('onto its own disk: what asks again at once is the same boot, what asks later is back', async () => {
    await using stage = await stageWith('{ into: local-disk, notBackBeforeSeconds: 20 }')
    await stage.departs()
    expect(stage.boots().kind).toBe('local-disk')
    stage.scene.clock.advance(19 * SECOND)
    expect(stage.boots().kind).toBe('local-disk')
    stage.scene.clock.advance(20 * SECOND)
    expect(stage.boots().kind).toBe('boot-os')
    expect(stage.boots().kind, 'and stays back').toBe('boot-os')
    expect((await back(stage)).stepIndex).toBe(2)
  })

  it('onto a disk that starts nothing: it is not sent round for ever', async () => {
    await using stage = await stageWith('{ into: local-disk }')
    await stage.departs()
    const answers = Array.from({ length: 12 }, () => stage.boots().kind)
    expect(answers.filter((kind) => kind === 'local-disk').length).toBeLessThan(12)
    expect(answers.at(-1)).toBe('boot-os')
  })

  it('into the boot OS: the agent that has not gone yet gets the step again, the one of the next boot goes on', async () => {
    await using stage = await stageWith('{ into: boot-os }')
    await stage.departs()
    expect((await stage.machine.claim())!.stepIndex, 'it was only started anew').toBe(1)
    const again = (await stage.machine.claim())!
    const departure = { leaseId: again.leaseId, step: 1 }
    expect((await stage.machine.ask(`/jobs/${again.jobId}/departure`, departure)).status).toBe(204)
    expect(stage.boots().kind).toBe('boot-os')
    expect((await back(stage)).stepIndex).toBe(2)
  })

  it('by kexec: its first boot is back', async () => {
    await using stage = await stageWith('{ into: kernel, kernel: vmlinuz, how: kexec }')
    await stage.departs()
    expect(stage.boots().kind).toBe('boot-os')
    expect((await back(stage)).stepIndex).toBe(2)
  })

  it('loses no line of the log: the agent that is back goes on counting', async () => {
    await using stage = await stageWith('{ into: boot-os }')
    await stage.machine.logLines(stage.assignment, 0, ['before', 'it leaves'])
    await stage.departs()
    stage.boots()
    stage.scene.clock.advance(SECOND)
    const machine = await stage.scene.boot(1)
    const again = (await machine.claim())!
    expect(again.logLineCount).toBe(2)
    await machine.logLines(again, 2, ['it is back'])
    expect((await stage.scene.logOf(again.jobId)).match(/\[1\] .*/g)).toEqual(['[1] before', '[1] it leaves', '[1] it is back'])
  })

  it('is not forgotten by an appliance that is killed', async () => {
    await using stage = await stageWith(KERNEL)
    await stage.departs()
    await stage.scene.killAndBegin()
    expect(stage.boots().kind).toBe('kernel')
    // Nothing waits for that answer to be noted; a second goes by before the kernel runs.
    await stage.scene.operator('GET', '/jobs')
    await new Promise((resolve) => setTimeout(resolve, 100))
    await stage.scene.killAndBegin()
    stage.scene.clock.advance(SECOND)
    expect(stage.boots().kind).toBe('boot-os')
    await stage.scene.killAndBegin()
    expect((await back(stage)).stepIndex).toBe(2)
  })

  it('may be silent for longer than a lease, but not for longer than it may wait', async () => {
    await using stage = await stageWith(KERNEL, { maxAttempts: 1 })
    await stage.departs()
    for (let minute = 0; minute < 9; minute++) stage.scene.clock.advance(60 * SECOND)
    expect(await stage.scene.job(stage.assignment.jobId)).toMatchObject({
      state: 'running',
      status: { majorState: 'reboot', minorState: "restarts into the profile's kernel" },
    })
    stage.scene.clock.advance(61 * SECOND)
    expect(await stage.scene.job(stage.assignment.jobId)).toMatchObject({
      state: 'timed-out',
      failure: { code: 'JOB_REBOOT_TIMED_OUT', message: expect.stringContaining('node-1 did not come back within 600 s') },
    })
    expect(stage.boots().kind).toBe('local-disk')
  })

  it('has a whole lease when its agent is back', async () => {
    await using stage = await stageWith(KERNEL)
    await stage.departs()
    for (let minute = 0; minute < 3; minute++) stage.scene.clock.advance(60 * SECOND)
    stage.boots()
    stage.scene.clock.advance(59 * SECOND)
    const again = await back(stage)
    stage.scene.clock.advance(50 * SECOND)
    expect((await stage.scene.job(again.jobId)).state).toBe('running')
  })

  it.each(['cancel', 'hold'])('%s while it is away: it boots from its disk when it comes', async (verb) => {
    await using stage = await stageWith(KERNEL)
    await stage.departs()
    await stage.scene.operator('POST', `/jobs/${stage.assignment.jobId}/${verb}`)
    expect(stage.boots().kind).toBe('local-disk')
  })

  it('is refused where Secure Boot would refuse the kernel', async () => {
    await using stage = await stageWith(KERNEL, {}, { secureBoot: 'on' })
    const { leaseId, jobId } = stage.assignment
    expect(await stage.machine.ask(`/jobs/${jobId}/departure`, { leaseId, step: 1 })).toMatchObject({
      status: 409,
      body: { code: 'JOB_REBOOT_REFUSED' },
    })
  })

  it('a departure under an old lease, or from another step, is refused', async () => {
    await using stage = await stageWith(KERNEL)
    const { leaseId, jobId } = stage.assignment
    expect(await stage.machine.ask(`/jobs/${jobId}/departure`, { leaseId, step: 2 })).toMatchObject({
      body: { code: 'JOB_STEP_OUT_OF_ORDER' },
    })
    expect(await stage.machine.ask(`/jobs/${jobId}/departure`, { leaseId: 'old', step: 1 })).toMatchObject({
      body: { code: 'JOB_LEASE_LOST' },
    })
  })
})
