// The steps of one job: what the appliance is told of them, and when they stop. By the real agent against a scripted appliance.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import type { Step } from '../../src/contract/steps.ts'
import { ACTIVATE, AgentRun, assignmentOf, NOTHING, type Pause, SETUP } from '../fakes/agent-run.ts'

const CAPTURE: Step = { kind: 'capture', timeoutSeconds: 60, disk: { pick: 'only' }, imageName: 'tiny', includeUnknown: false }
const VERIFY: Step = {
  kind: 'verify',
  timeoutSeconds: 60,
  disk: { pick: 'only' },
  imageName: 'tiny',
  version: 1,
  manifestDigest: 'a'.repeat(64),
}

let agent: AgentRun
beforeEach(() => {
  agent = new AgentRun()
})
afterEach(() => agent[Symbol.asyncDispose]())

describe('a job', () => {
  it('begins where it stands', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP, SETUP], { stepIndex: 1, logLineCount: 0 }))
    await agent.run({})
    expect(agent.appliance.reports.map(({ step }) => step)).toEqual([1])
  })

  it('has all log lines at the appliance before the report of the step', async () => {
    agent.appliance.assignments.push(assignmentOf([CAPTURE]))
    let linesAtReport = 0
    agent.appliance.orderAfter = () => {
      linesAtReport = agent.appliance.log.length
      return 'ended'
    }
    await agent.work(async (_, context) => {
      for (let line = 0; line < 5000; line++) context.log(`line ${line}`)
      throw new AppError('AGENT_SCRIPT_FAILED', 'the script failed', 'Mend it.')
    })
    expect(linesAtReport).toBe(1 + 5000 + 2)
    expect(agent.appliance.log.at(-2)).toBe('failed: the script failed [AGENT_SCRIPT_FAILED]')
    expect(agent.appliance.reports).toMatchObject([
      { outcome: 'failed', failure: { code: 'AGENT_SCRIPT_FAILED', hint: 'Mend it.' } },
    ])
  })

  it.each([
    { name: 'a step it does not know', step: VERIFY, perform: async () => NOTHING, code: 'AGENT_STEP_UNKNOWN' },
    {
      name: 'a step that breaks',
      step: CAPTURE,
      perform: () => Promise.reject(new TypeError('x is not a function')),
      code: 'AGENT_STEP_FAILED',
    },
  ])('reports $name as $code', async ({ step, perform, code }) => {
    agent.appliance.assignments.push(assignmentOf([step]))
    await agent.work(perform)
    expect(agent.appliance.reports).toMatchObject([{ outcome: 'failed', failure: { code } }])
  })

  it('repeats a step when told so', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP]))
    agent.appliance.orderAfter = () => (agent.appliance.reports.length < 3 ? 'repeat-step' : 'ended')
    let times = 0
    await agent.work(async () => {
      times++
      return NOTHING
    })
    expect(times).toBe(3)
  })

  it('sends heartbeats with the latest progress, within the limits of the wire', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP]))
    await agent.work(async (_, context) => {
      context.progress({ minorState: 'x'.repeat(300), percent: 200, secondsLeft: 1.6, transfer: { bytesRead: 7 } })
      while (agent.appliance.heartbeats.at(-1)?.percent !== 100) await new Promise((resolve) => setImmediate(resolve))
      return NOTHING
    })
    expect(agent.appliance.heartbeats.at(-1)).toEqual({
      leaseId: 'lease-1',
      step: 0,
      minorState: 'x'.repeat(200),
      percent: 100,
      secondsLeft: 2,
      transfer: { bytesRead: 7 },
    })
  })
})

describe('a job that is taken away', () => {
  it.each([
    { what: 'goes on with the next one', order: 'stop', ends: 'power-off', left: 0 },
    { what: 'restarts when its machine is wanted back', order: 'restart', ends: 'restart', left: 1 },
  ] as const)('$what, though a refused report comes before the next heartbeat', async ({ order, ends, left }) => {
    const untilOver: Pause = (_ms, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    agent.appliance.assignments.push(
      assignmentOf([SETUP, SETUP]),
      assignmentOf([SETUP], { jobId: 'job-2', whenDone: 'power-off' }),
    )
    let isTaken = false
    agent.appliance.heartbeatOrder = () => (isTaken && agent.appliance.current === undefined ? order : 'continue')
    agent.appliance.orderAfter = () => {
      if (isTaken) return 'ended'
      isTaken = true
      agent.appliance.current = undefined
      return { status: 409, body: { code: 'JOB_LEASE_LOST', message: 'not yours', hint: '' } }
    }
    expect(await agent.run({}, { pause: untilOver })).toBe(ends)
    expect(agent.appliance.assignments).toHaveLength(left)
  })

  it('stops the work at once when a heartbeat says so, reports nothing, and claims again', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]), assignmentOf([SETUP], { jobId: 'job-2' }))
    agent.appliance.heartbeatOrder = () => {
      if (agent.appliance.current?.jobId !== 'job-1') return 'continue'
      agent.appliance.current = undefined
      return 'stop'
    }
    const ends: string[] = []
    await agent.work(async (step, { signal, jobId }) => {
      if (jobId === 'job-2') return NOTHING
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ends.push(step.kind)
      throw signal.reason
    })
    expect(ends).toEqual(['setup'])
    expect(agent.appliance.reports.map(({ step }) => step)).toEqual([0])
    expect(agent.appliance.paths().filter((path) => path.endsWith('/reports'))).toEqual(['/jobs/job-2/reports'])
  })

  it('restarts without another job when the node was reclaimed', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]), assignmentOf([SETUP, ACTIVATE], { jobId: 'job-2' }))
    agent.appliance.heartbeatOrder = () => 'restart'
    const end = await agent.work(async (_step, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    })
    expect(end).toBe('restart')
    expect(agent.appliance.assignments).toHaveLength(1)
    expect(agent.appliance.reports).toEqual([])
  })

  it.each(['JOB_LEASE_LOST', 'JOB_STEP_OUT_OF_ORDER', 'JOB_ALREADY_ENDED'])(
    'drops the job when its report is refused with %s',
    async (code) => {
      agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]), assignmentOf([SETUP], { jobId: 'job-2' }))
      agent.appliance.orderAfter = () => {
        const isFirst = agent.appliance.current?.jobId === 'job-1'
        agent.appliance.current = isFirst ? undefined : agent.appliance.current
        return isFirst ? { status: 409, body: { code, message: 'not yours', hint: '' } } : 'ended'
      }
      await agent.work(async () => NOTHING)
      expect(agent.appliance.reports).toHaveLength(2)
      expect(agent.printed).toContain('job job-1 dropped: not yours')
    },
  )
})
