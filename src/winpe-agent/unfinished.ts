// Whether a failed job leaves a disk behind that nothing can start from. Pure.
import type { Transfer } from '../contract/job.ts'
import type { Step } from '../contract/steps.ts'

/** What the format step says no with before it writes. */
const REFUSALS = ['AGENT_DISK_HAS_DATA', 'AGENT_DISK_NOT_MATCHED', 'AGENT_LAYOUT_DOES_NOT_FIT']

export interface StepFailure {
  readonly index: number
  readonly code: string
  /** What the failed step had moved by then. */
  readonly transfer: Transfer
}

/** A refused disk still starts what it held before; one that was half written starts nothing. */
export function leavesUnfinished(steps: readonly Step[], failure: StepFailure): boolean {
  return steps.slice(0, failure.index + 1).some((step, index) => hasWritten(step, index < failure.index, failure))
}

function hasWritten({ kind }: Step, isDone: boolean, { code, transfer }: StepFailure): boolean {
  switch (kind) {
    case 'setup':
    case 'activate':
      return true
    case 'format':
      return isDone || !REFUSALS.includes(code)
    case 'wipe':
      // What it was going to erase still starts; what it began to erase does not.
      return isDone || (transfer.bytesWritten ?? 0) > 0
    case 'deploy':
      return isDone || (transfer.bytesWritten ?? 0) > 0
    case 'reboot':
    case 'capture':
    case 'heal':
    case 'verify':
    case 'grow':
    case 'personalise':
    case 'packages':
    case 'record':
    case 'try':
    case 'run':
    case 'check':
      return false
  }
}
