// Renews the lease of a job while it runs and hears orders. Touches the appliance through its client.
import { type Heartbeat, HeartbeatAnswer } from '../contract/agent-api.ts'
import { AppError } from '../contract/errors.ts'
import { JOB_LOST } from './lost-job.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'

export interface HeartbeatDeps {
  readonly client: OrchestratorClient
  readonly intervalMs: number
  /** What to tell now. */
  current(): Heartbeat
  /** Before each beat; hello after the appliance came back. */
  beforeBeat(signal: AbortSignal): Promise<void>
  /** The job was cancelled or belongs to another agent now. */
  onStop(reason: string): void
  /** The node was reclaimed: drop the job and boot again. */
  onRestart(reason: string): void
  pause(ms: number, signal: AbortSignal): Promise<void>
  log(line: string): void
}

/** Beats until the signal; ends early after a stop order. Never throws. */
export async function beat(jobId: string, deps: HeartbeatDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.beforeBeat(signal)
      const { order } = await deps.client.post(`/jobs/${jobId}/heartbeat`, deps.current(), HeartbeatAnswer, signal)
      if (order === 'stop') return deps.onStop('the appliance ordered it')
      if (order === 'restart') return deps.onRestart('the appliance wants this machine back')
      await deps.pause(deps.intervalMs, signal)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof AppError && JOB_LOST.includes(error.code)) return deps.onStop(error.message)
      deps.log(`heartbeat refused: ${error instanceof Error ? error.message : String(error)}`)
      await deps.pause(deps.intervalMs, signal).catch(() => undefined)
    }
  }
}
