// What a step's performer receives and gives back: the port between the agent's loop and its steps.
import type { Inventory } from '../contract/inventory.ts'
import type { Flow, Transfer } from '../contract/job.ts'
import type { Step, StepKind } from '../contract/steps.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'

export interface Progress {
  /** What it does now, in a few words: "reading /dev/vda2". */
  readonly minorState: string
  readonly percent: number
  readonly secondsLeft?: number
  readonly transfer: Transfer
  readonly flow?: Flow
}

export interface StepContext {
  readonly jobId: string
  readonly leaseId: string
  /** All steps of the job: setup mounts what the format step before it laid out, perhaps in an earlier boot. */
  readonly steps: readonly Step[]
  readonly profile: { readonly name: string; readonly revision: string } | undefined
  readonly inventory: Inventory
  readonly client: OrchestratorClient
  /** One line of the job's log; reaches the appliance even when the step fails. */
  log(line: string): void
  /** Cheap; call it as often as you like, heartbeats carry the latest. */
  progress(update: Progress): void
  /** Aborted when the job was cancelled, the step timed out or the agent stops. */
  readonly signal: AbortSignal
}

export interface StepOutcome {
  readonly transfer: Transfer
  readonly imageVersion?: number
  readonly contentDigest?: string
  /** Configuration files as they lie there now. */
  readonly configuration?: readonly { readonly to: string; readonly digest: string }[]
  /** The step is not over: this machine goes down now, and the step is done when it is back. */
  readonly leaves?: 'firmware' | 'kexec'
  /** When the job has ended, the machine goes into the kernel that was loaded. */
  readonly startsKernel?: true
}

/** Does one step; may be run again from the start at any time. Fails with an AppError where a person can act on it. */
export type Performer<K extends StepKind> = (step: Extract<Step, { kind: K }>, context: StepContext) => Promise<StepOutcome>
