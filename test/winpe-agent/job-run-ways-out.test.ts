// How a job leaves its ordinary steps: for a restart in the middle, and for what is done after a failure. By the real agent.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/contract/agent-api.ts'
import { AppError } from '../../src/contract/errors.ts'
import type { OnFailureStep, RebootStep, Step } from '../../src/contract/steps.ts'
import type { Performers } from '../../src/winpe-agent/performers.ts'
import { rebootPerformer } from '../../src/winpe-agent/steps/reboot.ts'
import { AgentRun, assignmentOf, SETUP } from '../fakes/agent-run.ts'

const REBOOT: RebootStep = {
  kind: 'reboot',
  timeoutSeconds: 60,
  into: 'local-disk',
  how: 'firmware',
  arguments: '',
  notBackBeforeSeconds: 15,
}
const ON_FAILURE: OnFailureStep = { kind: 'on-failure', timeoutSeconds: 60, actions: [], variables: {} }

/** What is switched off at its end was not restarted by anything else. */
const assignment = (steps: Step[], change: Partial<Assignment> = {}) => assignmentOf(steps, { whenDone: 'power-off', ...change })

let agent: AgentRun
beforeEach(() => {
  agent = new AgentRun()
})
afterEach(() => agent[Symbol.asyncDispose]())

describe('a trial', () => {
  const TRY: Step = { kind: 'try', timeoutSeconds: 60, imageName: 'tiny', version: 1, manifestDigest: 'ab'.repeat(32) }

  it('is reported as done, and then the machine starts the kernel instead of going to its disk', async () => {
    agent.appliance.assignments.push(assignment([TRY]))
    expect(await agent.run({ try: async () => ({ transfer: {}, startsKernel: true }) })).toBe('start-kernel')
    expect(agent.appliance.reports).toMatchObject([{ step: 0, outcome: 'done' }])
    expect(agent.appliance.reports[0]).not.toHaveProperty('startsKernel')
    expect(agent.appliance.exchanges.map(({ path }) => path)).toContain('/leave')
    expect(agent.acts).toEqual([])
  })

  it('that was refused starts no kernel', async () => {
    agent.appliance.assignments.push(assignment([TRY]))
    const refused = async () => Promise.reject(new AppError('AGENT_TRIAL_MEMORY', 'too little', 'More.'))
    expect(await agent.run({ try: refused })).toBe('power-off')
  })
})

describe('a reboot step', () => {
  it('is recorded before the machine goes down, and is not reported', async () => {
    agent.appliance.assignments.push(assignment([SETUP, REBOOT, SETUP]))
    expect(await agent.run({ reboot: rebootPerformer(agent.machine) })).toBe('restart')
    expect(agent.appliance.reports.map(({ step }) => step)).toEqual([0])
    expect(agent.appliance.exchanges.find(({ path }) => path.endsWith('/departure'))?.body).toEqual({
      leaseId: 'lease-1',
      step: 1,
    })
    expect(agent.acts).toEqual(['network first'])
    expect(agent.appliance.log.at(-1)).toBe('this machine restarts into its own disk')
  })

  it('fails when the appliance refuses it, and the machine stays', async () => {
    agent.appliance.assignments.push(assignment([REBOOT]))
    const refuse = async () => {
      throw new AppError('JOB_REBOOT_REFUSED', 'Secure Boot is on', '')
    }
    expect(await agent.run({ reboot: refuse })).not.toBe('restart')
    expect(agent.appliance.reports).toMatchObject([{ outcome: 'failed', failure: { code: 'JOB_REBOOT_REFUSED' } }])
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
    agent.appliance.orderAfter = orders
    agent.appliance.assignments.push(assignment([SETUP], { onFailure: ON_FAILURE }))
    const seen: unknown[] = []
    const collect: Performers['onFailure'] = async (_step, { failure }) => {
      seen.push(
        failure?.code,
        agent.appliance.reports.map(({ outcome }) => outcome),
      )
      return { transfer: {} }
    }
    await agent.run({ ...fails, onFailure: collect })
    expect(seen).toEqual(['AGENT_SCRIPT_FAILED', ['failed']])
    expect(agent.appliance.reports.map(({ outcome }) => outcome)).toEqual(['failed', 'on-failure-over'])
  })

  it('goes on with it in another boot, without doing the step again', async () => {
    agent.appliance.orderAfter = orders
    agent.appliance.assignments.push(assignment([SETUP], { onFailure: ON_FAILURE, hasFailed: true }))
    const seen: string[] = []
    await agent.run({
      setup: async () => {
        seen.push('setup')
        return { transfer: {} }
      },
      onFailure: async (_step, { index, failure }) => {
        seen.push(`on-failure of ${index}, ${failure?.code ?? 'unknown here'}`)
        return { transfer: {} }
      },
    })
    expect(seen).toEqual(['on-failure of 0, unknown here'])
    expect(agent.appliance.reports).toMatchObject([{ outcome: 'on-failure-over', step: 0 }])
  })

  it('that fails itself is told, and changes nothing', async () => {
    agent.appliance.orderAfter = orders
    agent.appliance.assignments.push(assignment([SETUP], { onFailure: ON_FAILURE }))
    const refuse = async () => {
      throw new AppError('AGENT_SCRIPT_FAILED', 'collect.sh ended with 1', '')
    }
    await agent.run({ ...fails, onFailure: refuse })
    expect(agent.appliance.reports.at(-1)).toMatchObject({
      outcome: 'on-failure-over',
      failure: { message: 'collect.sh ended with 1' },
    })
  })
})
