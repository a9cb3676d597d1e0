import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import type { Step } from '../../src/contract/steps.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { runStep } from '../../src/winpe-agent/step-run.ts'
import { stepScene } from '../fakes/step-scene.ts'

const step = (timeoutSeconds: number): Step => ({ kind: 'setup', timeoutSeconds, actions: [], variables: {} })

/** Ends only when it is told to, and then takes a moment, as a tool that is being ended does. */
async function untilAborted(_: Step, { signal }: StepContext): Promise<StepOutcome> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  throw new AppError('AGENT_COMMAND_FAILED', 'mkfs was ended', '')
}

describe('runStep', () => {
  it('ends a step that takes too long, and says so rather than what broke because of it', async () => {
    const end = await runStep(step(0.01), stepScene([], []).context, { setup: untilAborted })
    expect(end).toMatchObject({ kind: 'failed', failure: { code: 'AGENT_STEP_TIMED_OUT' } })
  })

  it('has nothing to report when the job was stopped', async () => {
    const stop = new AbortController()
    const running = runStep(step(60), stepScene([], [], stop.signal).context, { setup: untilAborted })
    stop.abort(new Error('cancelled'))
    expect(await running).toEqual({ kind: 'stopped' })
  })

  it('keeps the place of a failure that nobody foresaw in the log', async () => {
    const { context, lines } = stepScene([], [])
    const end = await runStep(step(60), context, { setup: () => Promise.reject(new TypeError('x is not a function')) })
    expect(end).toMatchObject({
      kind: 'failed',
      failure: { code: 'AGENT_STEP_FAILED', message: 'the step setup failed: x is not a function' },
    })
    expect(lines.join('\n')).toContain('step-run.test.ts')
  })
})
