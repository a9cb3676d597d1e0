// From hello to the end: which job comes next, and what becomes of the machine. The real loop against a scripted appliance.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { ACTIVATE, AgentRun, assignmentOf, NOTHING, SETUP } from '../fakes/agent-run.ts'

let agent: AgentRun
beforeEach(() => {
  agent = new AgentRun()
})
afterEach(() => agent[Symbol.asyncDispose]())

describe('runAgent', () => {
  it('says hello, runs the steps in order, reports each, and restarts when nothing is left', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]))
    const seen: string[] = []
    const end = await agent.work(async (step, context) => {
      seen.push(step.kind)
      context.log(`working on ${step.kind}`)
      return { transfer: { bytesWritten: 5 } }
    })
    expect(end).toBe('restart')
    expect(seen).toEqual(['setup', 'activate'])
    expect(agent.appliance.reports).toMatchObject([
      { step: 0, outcome: 'done', leaseId: 'lease-1', transfer: { bytesWritten: 5 } },
      { step: 1, outcome: 'done' },
    ])
    expect(agent.appliance.exchanges[0]).toMatchObject({
      path: '/hello',
      body: { agentVersion: '1.2.3', configTypes: ['release'], inventory: { bootMac: '52:54:00:12:34:56', firmware: 'bios' } },
    })
    expect(agent.appliance.log.filter((line) => line.startsWith('working'))).toEqual(['working on setup', 'working on activate'])
  })

  it('a beat that crosses the last report and is told to stop does not drop the job that the report ended', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP]))
    const told = Promise.withResolvers<void>()
    let isReported = false
    agent.appliance.heartbeatOrder = () => (isReported ? 'stop' : 'continue')
    agent.appliance.beforeAnswer = async (path) => {
      if (path.endsWith('/heartbeat') && isReported) setImmediate(() => setImmediate(told.resolve))
      if (!path.endsWith('/reports')) return
      isReported = true
      await told.promise
    }
    expect(await agent.work(async () => NOTHING)).toBe('restart')
    expect(agent.printed.join('\n')).not.toContain('dropped')
  })

  it.each([true, false])('goes to the disk by BootNext when the appliance says so: %s', async (usesBootNext) => {
    agent.appliance.usesBootNext = usesBootNext
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]))
    await agent.work(async () => NOTHING)
    expect(agent.acts.includes('from its disk next')).toBe(usesBootNext)
  })

  it('started only to be sent to its disk, it asks for a job and goes', async () => {
    agent.appliance.usesBootNext = true
    expect(await agent.work(async () => NOTHING, { restartsWhenIdle: true })).toBe('restart')
    expect(agent.acts).toContain('from its disk next')
    expect(agent.appliance.exchanges.map(({ path }) => path)).toEqual(['/hello', '/present', '/claim', '/leave'])
  })

  it.each(['drop', 'lose', 500, 503] as const)('never gives up on anything: %s', async (disturbance) => {
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]))
    let count = 0
    // Two of three requests are disturbed.
    agent.appliance.disturb = () => (++count % 3 === 0 ? undefined : disturbance)
    const seen: string[] = []
    await agent.work(async (step, context) => {
      seen.push(step.kind)
      for (let line = 0; line < 100; line++) context.log(`${step.kind} ${line}`)
      return NOTHING
    })
    expect(seen).toEqual(['setup', 'activate'])
    const lines = agent.appliance.log.filter((line) => /^(setup|activate) \d+$/.test(line))
    expect(lines).toEqual(['setup', 'activate'].flatMap((kind) => Array.from({ length: 100 }, (_, line) => `${kind} ${line}`)))
    expect(agent.appliance.helloCount.value).toBeGreaterThan(1)
  })

  it('takes the next job without a restart, stays when told so, and switches off when told so', async () => {
    agent.appliance.assignments.push(
      assignmentOf([SETUP, ACTIVATE], { whenDone: 'stay' }),
      assignmentOf([SETUP, ACTIVATE], { jobId: 'job-2', whenDone: 'power-off' }),
    )
    expect(await agent.work(async () => NOTHING)).toBe('power-off')
    const waits = agent.appliance.exchanges.filter(({ path }) => path === '/claim').map(({ body }) => body)
    expect(waits).toEqual([{ waitSeconds: 50 }, { waitSeconds: 50 }, { waitSeconds: 0 }])
  })

  it('stays for the next attempt when a failed job leaves an unfinished disk', async () => {
    agent.appliance.assignments.push(assignmentOf([SETUP]), assignmentOf([SETUP], { jobId: 'job-2' }))
    let times = 0
    const end = await agent.work(async () => {
      if (++times === 1) throw new AppError('AGENT_SCRIPT_FAILED', 'the script failed', '')
      return NOTHING
    })
    expect(end).toBe('restart')
    const waits = agent.appliance.exchanges.filter(({ path }) => path === '/claim').map(({ body }) => body)
    expect(waits).toEqual([{ waitSeconds: 50 }, { waitSeconds: 50 }, { waitSeconds: 0 }])
  })

  it('waits while it is not approved, and restarts when its token is refused', async () => {
    let claims = 0
    agent.appliance.disturb = (path) => {
      if (path === '/claim' && ++claims === 3)
        agent.appliance.claimRefusal = { status: 401, body: { code: 'AGENT_TOKEN_REFUSED', message: 'expired', hint: '' } }
      return undefined
    }
    agent.appliance.claimRefusal = { status: 409, body: { code: 'NODE_NOT_APPROVED', message: 'not yet', hint: '' } }
    expect(await agent.work(async () => NOTHING)).toBe('restart')
    expect(agent.appliance.helloCount.value).toBe(3)
    expect(agent.pauses.filter((ms) => ms >= 10_000)).toEqual([10_000, 10_000, 60_000])
  })

  it('ends at once when it is told to', async () => {
    const stop = new AbortController()
    agent.appliance.assignments.push(assignmentOf([SETUP, ACTIVATE]))
    const running = agent.work(
      async (_, { signal }) => {
        stop.abort(new Error('SIGTERM arrived'))
        signal.throwIfAborted()
        return NOTHING
      },
      { signal: stop.signal },
    )
    await expect(running).rejects.toThrow('SIGTERM arrived')
    expect(agent.appliance.reports).toEqual([])
  })
})
