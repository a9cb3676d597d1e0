// Steps that take the machine down, jobs that are taken away, and what is done after a failure, by the real agent against an appliance on loopback.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { AppError } from '../../src/contract/errors.ts'
import type { OnFailureStep, RebootStep, SetupStep, Step } from '../../src/contract/steps.ts'
import { runAgent } from '../../src/winpe-agent/agent-loop.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import type { Performers } from '../../src/winpe-agent/performers.ts'
import { rebootPerformer } from '../../src/winpe-agent/steps/reboot.ts'
import { ScriptedAppliance } from '../fakes/scripted-appliance.ts'
import { inventoryWith } from '../fakes/step-scene.ts'

const setup: SetupStep = { kind: 'setup', timeoutSeconds: 60, actions: [], variables: {} }
const reboot: RebootStep = {
  kind: 'reboot',
  timeoutSeconds: 60,
  into: 'local-disk',
  how: 'firmware',
  arguments: '',
  notBackBeforeSeconds: 15,
}
const onFailure: OnFailureStep = { kind: 'on-failure', timeoutSeconds: 60, actions: [], variables: {} }

const assignment = (steps: Step[], change: Partial<Assignment> = {}): Assignment => ({
  jobId: 'job-1',
  leaseId: 'lease-1',
  leaseSeconds: 60,
  attempt: 1,
  kind: 'build',
  steps,
  stepIndex: 0,
  whenDone: 'power-off',
  ...change,
})

let appliance: ScriptedAppliance
let done: string[]

beforeEach(() => {
  appliance = new ScriptedAppliance()
  done = []
})
afterEach(() => appliance.stop())

/** A machine that only notes what is done with it. */
function fakeMachine(): Machine {
  return {
    inventory: async () => inventoryWith([]),
    keepNetworkFirst: async () => void done.push('network first'),
  } as unknown as Machine
}

type Pause = (ms: number, signal: AbortSignal) => Promise<void>

const briefly: Pause = () => new Promise((resolve) => setImmediate(resolve))

async function agent(performers: Performers, machine: Machine, pause = briefly) {
  const url = await appliance.start()
  const print = () => undefined
  return runAgent(
    {
      client: createHttpClient({ applianceUrl: url, token: 'token' }, { pause, log: print, onReturn: () => undefined }),
      machine,
      performers: { setup: async () => ({ transfer: {} }), ...performers },
      status: { update: () => undefined },
      agentVersion: '1',
      bootMac: undefined,
      configTypes: [],
      restartsWhenIdle: false,
      takeReturned: () => false,
      pause,
      nowMs: () => 0,
      print,
    },
    new AbortController().signal,
  )
}

it('a job goes on at the step where it stands', async () => {
  appliance.assignments.push(assignment([setup, setup], { stepIndex: 1, logLineCount: 0 }))
  await agent({}, fakeMachine())
  expect(appliance.reports.map(({ step }) => step)).toEqual([1])
})

describe('a reboot step', () => {
  it('is recorded before the machine goes down, and is not reported', async () => {
    appliance.assignments.push(assignment([setup, reboot, setup]))
    const machine = fakeMachine()
    expect(await agent({ reboot: rebootPerformer(machine) }, machine)).toBe('restart')
    expect(appliance.reports.map(({ step }) => step)).toEqual([0])
    expect(appliance.exchanges.find(({ path }) => path.endsWith('/departure'))?.body).toEqual({ leaseId: 'lease-1', step: 1 })
    expect(done).toEqual(['network first'])
    expect(appliance.log.at(-1)).toBe('this machine restarts into its own disk')
  })

  it('fails when the appliance refuses it, and the machine stays', async () => {
    appliance.assignments.push(assignment([reboot]))
    const machine = fakeMachine()
    const refuse = async () => {
      throw new AppError('JOB_REBOOT_REFUSED', 'Secure Boot is on', '')
    }
    expect(await agent({ reboot: refuse }, machine)).not.toBe('restart')
    expect(appliance.reports).toMatchObject([{ outcome: 'failed', failure: { code: 'JOB_REBOOT_REFUSED' } }])
  })
})

describe('a job that is taken away', () => {
  it.each([
    { what: 'goes on with the next one', order: 'stop', ends: 'power-off', left: 0 },
    { what: 'restarts when its machine is wanted back', order: 'restart', ends: 'restart', left: 1 },
  ] as const)('$what, though a refused report comes before the next heartbeat', async ({ order, ends, left }) => {
    const untilOver: Pause = (_ms, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    appliance.assignments.push(assignment([setup, setup]), assignment([setup], { jobId: 'job-2' }))
    let isTaken = false
    appliance.heartbeatOrder = () => (isTaken && appliance.current === undefined ? order : 'continue')
    appliance.orderAfter = () => {
      if (isTaken) return 'ended'
      isTaken = true
      appliance.current = undefined
      return { status: 409, body: { code: 'JOB_LEASE_LOST', message: 'not yours', hint: '' } }
    }
    expect(await agent({}, fakeMachine(), untilOver)).toBe(ends)
    expect(appliance.assignments).toHaveLength(left)
  })
})

describe('what is done after a failure', () => {
  const fails: Performers = {
    setup: async () => {
      throw new AppError('AGENT_SCRIPT_FAILED', 'finish.sh ended with 3', '')
    },
  }
  const orders = (report: { outcome: string }) => (report.outcome === 'failed' ? 'on-failure' : 'ended')

  it('is done once the failure is recorded, and is reported as over', async () => {
    appliance.orderAfter = orders
    appliance.assignments.push(assignment([setup], { onFailure }))
    const seen: unknown[] = []
    const collect: Performers['onFailure'] = async (_step, { failure }) => {
      seen.push(
        failure?.code,
        appliance.reports.map(({ outcome }) => outcome),
      )
      return { transfer: {} }
    }
    await agent({ ...fails, onFailure: collect }, fakeMachine())
    expect(seen).toEqual(['AGENT_SCRIPT_FAILED', ['failed']])
    expect(appliance.reports.map(({ outcome }) => outcome)).toEqual(['failed', 'on-failure-over'])
  })

  it('goes on with it in another boot, without doing the step again', async () => {
    appliance.orderAfter = orders
    appliance.assignments.push(assignment([setup], { onFailure, hasFailed: true }))
    const seen: string[] = []
    await agent(
      {
        setup: async () => {
          seen.push('setup')
          return { transfer: {} }
        },
        onFailure: async (_step, { index, failure }) => {
          seen.push(`on-failure of ${index}, ${failure?.code ?? 'unknown here'}`)
          return { transfer: {} }
        },
      },
      fakeMachine(),
    )
    expect(seen).toEqual(['on-failure of 0, unknown here'])
    expect(appliance.reports).toMatchObject([{ outcome: 'on-failure-over', step: 0 }])
  })

  it('that fails itself is told, and changes nothing', async () => {
    appliance.orderAfter = orders
    appliance.assignments.push(assignment([setup], { onFailure }))
    const refuse = async () => {
      throw new AppError('AGENT_SCRIPT_FAILED', 'collect.sh ended with 1', '')
    }
    await agent({ ...fails, onFailure: refuse }, fakeMachine())
    expect(appliance.reports.at(-1)).toMatchObject({
      outcome: 'on-failure-over',
      failure: { message: 'collect.sh ended with 1' },
    })
  })
})
