import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { AppError } from '../../src/contract/errors.ts'
import type { Step } from '../../src/contract/steps.ts'
import { type AgentDeps, runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { ScriptedAppliance } from '../fakes/scripted-appliance.ts'
import { inventoryWith } from '../fakes/step-scene.ts'

const setup: Step = { kind: 'setup', timeoutSeconds: 60, actions: [], variables: {} }
const activate: Step = { kind: 'activate', timeoutSeconds: 60, actions: [], variables: {} }
const capture: Step = { kind: 'capture', timeoutSeconds: 60, disk: { pick: 'only' }, imageName: 'tiny', includeUnknown: false }
const verify: Step = {
  kind: 'verify',
  timeoutSeconds: 60,
  disk: { pick: 'only' },
  imageName: 'tiny',
  version: 1,
  manifestDigest: 'a'.repeat(64),
}

const assignment = (change: Partial<Assignment> = {}): Assignment => ({
  jobId: 'job-1',
  leaseId: 'lease-1',
  leaseSeconds: 60,
  attempt: 1,
  kind: 'build',
  steps: [setup, activate],
  stepIndex: 0,
  whenDone: 'reboot',
  ...change,
})

type Perform = (step: Step, context: StepContext) => Promise<StepOutcome>
const nothing: StepOutcome = { transfer: {} }

let appliance: ScriptedAppliance
let url: string
let printed: string[]
let pauses: number[]
let sentToDisk: boolean

beforeEach(async () => {
  appliance = new ScriptedAppliance()
  url = await appliance.start()
  printed = []
  pauses = []
  sentToDisk = false
})
afterEach(() => appliance.stop())

function agent(perform: Perform, change: Partial<AgentDeps> = {}, signal = new AbortController().signal) {
  let returned = false
  const pause = async (ms: number) => {
    pauses.push(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const print = (line: string) => void printed.push(line)
  return runAgent(
    {
      client: createHttpClient({ applianceUrl: url, token: 'token' }, { pause, log: print, onReturn: () => (returned = true) }),
      machine: {
        inventory: async () => inventoryWith([]),
        keepNetworkFirst: async () => undefined,
        startFromDiskNext: async () => {
          sentToDisk = true
        },
      } as unknown as Machine,
      performers: { setup: perform, activate: perform, capture: perform },
      status: { update: () => undefined },
      agentVersion: '1.2.3',
      bootMac: '52:54:00:12:34:56',
      configTypes: ['release'],
      restartsWhenIdle: false,
      takeReturned() {
        const value = returned
        returned = false
        return value
      },
      pause,
      nowMs: () => 0,
      print,
      ...change,
    },
    signal,
  )
}

describe('runAgent', () => {
  it('says hello, runs the steps in order, reports each, and restarts when nothing is left', async () => {
    appliance.assignments.push(assignment())
    const seen: string[] = []
    const end = await agent(async (step, context) => {
      seen.push(step.kind)
      context.log(`working on ${step.kind}`)
      return { transfer: { bytesWritten: 5 } }
    })
    expect(end).toBe('restart')
    expect(seen).toEqual(['setup', 'activate'])
    expect(appliance.reports).toMatchObject([
      { step: 0, outcome: 'done', leaseId: 'lease-1', transfer: { bytesWritten: 5 } },
      { step: 1, outcome: 'done' },
    ])
    expect(appliance.exchanges[0]).toMatchObject({
      path: '/hello',
      body: { agentVersion: '1.2.3', configTypes: ['release'], inventory: { bootMac: '52:54:00:12:34:56', firmware: 'bios' } },
    })
    expect(appliance.log.filter((line) => line.startsWith('working'))).toEqual(['working on setup', 'working on activate'])
  })

  it.each([true, false])('goes to the disk by BootNext when the appliance says so: %s', async (usesBootNext) => {
    appliance.usesBootNext = usesBootNext
    appliance.assignments.push(assignment())
    await agent(async () => nothing)
    expect(sentToDisk).toBe(usesBootNext)
  })

  it('started only to be sent to its disk, it asks for a job and goes', async () => {
    appliance.usesBootNext = true
    expect(await agent(async () => nothing, { restartsWhenIdle: true })).toBe('restart')
    expect(sentToDisk).toBe(true)
    expect(appliance.exchanges.map(({ path }) => path)).toEqual(['/hello', '/claim', '/leave'])
  })

  it('has all log lines at the appliance before the report of the step', async () => {
    appliance.assignments.push(assignment({ steps: [capture] }))
    let linesAtReport = 0
    appliance.orderAfter = () => {
      linesAtReport = appliance.log.length
      return 'ended'
    }
    await agent(async (_, context) => {
      for (let line = 0; line < 5000; line++) context.log(`line ${line}`)
      throw new AppError('AGENT_SCRIPT_FAILED', 'the script failed', 'Mend it.')
    })
    expect(linesAtReport).toBe(1 + 5000 + 2)
    expect(appliance.log.at(-2)).toBe('failed: the script failed [AGENT_SCRIPT_FAILED]')
    expect(appliance.reports).toMatchObject([{ outcome: 'failed', failure: { code: 'AGENT_SCRIPT_FAILED', hint: 'Mend it.' } }])
  })

  it.each([
    { name: 'a step it does not know', step: verify, perform: async () => nothing, code: 'AGENT_STEP_UNKNOWN' },
    {
      name: 'a step that breaks',
      step: capture,
      perform: () => Promise.reject(new TypeError('x is not a function')),
      code: 'AGENT_STEP_FAILED',
    },
  ])('reports $name as $code', async ({ step, perform, code }) => {
    appliance.assignments.push(assignment({ steps: [step] }))
    await agent(perform)
    expect(appliance.reports).toMatchObject([{ outcome: 'failed', failure: { code } }])
  })

  it('repeats a step when told so', async () => {
    appliance.assignments.push(assignment({ steps: [setup] }))
    appliance.orderAfter = () => (appliance.reports.length < 3 ? 'repeat-step' : 'ended')
    let times = 0
    await agent(async () => {
      times++
      return nothing
    })
    expect(times).toBe(3)
  })

  it.each(['drop', 'lose', 500, 503] as const)('never gives up on anything: %s', async (disturbance) => {
    appliance.assignments.push(assignment())
    let count = 0
    // Two of three requests are disturbed.
    appliance.disturb = () => (++count % 3 === 0 ? undefined : disturbance)
    const seen: string[] = []
    await agent(async (step, context) => {
      seen.push(step.kind)
      for (let line = 0; line < 100; line++) context.log(`${step.kind} ${line}`)
      return nothing
    })
    expect(seen).toEqual(['setup', 'activate'])
    const lines = appliance.log.filter((line) => /^(setup|activate) \d+$/.test(line))
    expect(lines).toEqual(['setup', 'activate'].flatMap((kind) => Array.from({ length: 100 }, (_, line) => `${kind} ${line}`)))
    expect(appliance.helloCount.value).toBeGreaterThan(1)
  })

  it('stops the work at once when a heartbeat says so, reports nothing, and claims again', async () => {
    appliance.assignments.push(assignment(), assignment({ jobId: 'job-2', steps: [setup] }))
    appliance.heartbeatOrder = () => {
      if (appliance.current?.jobId !== 'job-1') return 'continue'
      appliance.current = undefined
      return 'stop'
    }
    const ends: string[] = []
    await agent(async (step, { signal, jobId }) => {
      if (jobId === 'job-2') return nothing
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ends.push(step.kind)
      throw signal.reason
    })
    expect(ends).toEqual(['setup'])
    expect(appliance.reports.map(({ step }) => step)).toEqual([0])
    expect(appliance.paths().filter((path) => path.endsWith('/reports'))).toEqual(['/jobs/job-2/reports'])
  })

  it('restarts without another job when the node was reclaimed', async () => {
    appliance.assignments.push(assignment(), assignment({ jobId: 'job-2' }))
    appliance.heartbeatOrder = () => 'restart'
    const end = await agent(async (_step, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    })
    expect(end).toBe('restart')
    expect(appliance.assignments).toHaveLength(1)
    expect(appliance.reports).toEqual([])
  })

  it.each(['JOB_LEASE_LOST', 'JOB_STEP_OUT_OF_ORDER', 'JOB_ALREADY_ENDED'])(
    'drops the job when its report is refused with %s',
    async (code) => {
      appliance.assignments.push(assignment(), assignment({ jobId: 'job-2', steps: [setup] }))
      appliance.orderAfter = () => {
        const isFirst = appliance.current?.jobId === 'job-1'
        appliance.current = isFirst ? undefined : appliance.current
        return isFirst ? { status: 409, body: { code, message: 'not yours', hint: '' } } : 'ended'
      }
      await agent(async () => nothing)
      expect(appliance.reports).toHaveLength(2)
      expect(printed).toContain('job job-1 dropped: not yours')
    },
  )

  it('takes the next job without a restart, stays when told so, and switches off when told so', async () => {
    appliance.assignments.push(assignment({ whenDone: 'stay' }), assignment({ jobId: 'job-2', whenDone: 'power-off' }))
    expect(await agent(async () => nothing)).toBe('power-off')
    const waits = appliance.exchanges.filter(({ path }) => path === '/claim').map(({ body }) => body)
    expect(waits).toEqual([{ waitSeconds: 50 }, { waitSeconds: 50 }, { waitSeconds: 0 }])
  })

  it('stays for the next attempt when a failed job leaves an unfinished disk', async () => {
    appliance.assignments.push(assignment({ steps: [setup] }), assignment({ jobId: 'job-2', steps: [setup] }))
    let times = 0
    const end = await agent(async () => {
      if (++times === 1) throw new AppError('AGENT_SCRIPT_FAILED', 'the script failed', '')
      return nothing
    })
    expect(end).toBe('restart')
    const waits = appliance.exchanges.filter(({ path }) => path === '/claim').map(({ body }) => body)
    expect(waits).toEqual([{ waitSeconds: 50 }, { waitSeconds: 50 }, { waitSeconds: 0 }])
  })

  it('waits while it is not approved, and restarts when its token is refused', async () => {
    let claims = 0
    appliance.disturb = (path) => {
      if (path === '/claim' && ++claims === 3)
        appliance.claimRefusal = { status: 401, body: { code: 'AGENT_TOKEN_REFUSED', message: 'expired', hint: '' } }
      return undefined
    }
    appliance.claimRefusal = { status: 409, body: { code: 'NODE_NOT_APPROVED', message: 'not yet', hint: '' } }
    expect(await agent(async () => nothing)).toBe('restart')
    expect(appliance.helloCount.value).toBe(3)
    expect(pauses.filter((ms) => ms >= 10_000)).toEqual([10_000, 10_000, 60_000])
  })

  it('sends heartbeats with the latest progress, within the limits of the wire', async () => {
    appliance.assignments.push(assignment({ steps: [setup] }))
    await agent(async (_, context) => {
      context.progress({ minorState: 'x'.repeat(300), percent: 200, secondsLeft: 1.6, transfer: { bytesRead: 7 } })
      while (appliance.heartbeats.at(-1)?.percent !== 100) await new Promise((resolve) => setImmediate(resolve))
      return nothing
    })
    expect(appliance.heartbeats.at(-1)).toEqual({
      leaseId: 'lease-1',
      step: 0,
      minorState: 'x'.repeat(200),
      percent: 100,
      secondsLeft: 2,
      transfer: { bytesRead: 7 },
    })
  })

  it('ends at once when it is told to', async () => {
    const stop = new AbortController()
    appliance.assignments.push(assignment())
    const running = agent(
      async (_, { signal }) => {
        stop.abort(new Error('SIGTERM arrived'))
        signal.throwIfAborted()
        return nothing
      },
      {},
      stop.signal,
    )
    await expect(running).rejects.toThrow('SIGTERM arrived')
    expect(appliance.reports).toEqual([])
  })
})
