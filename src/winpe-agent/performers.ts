// Which performer does which step. The only list of them.
import type { Machine } from './machine.ts'
import type { Performer } from './performer.ts'
import { formatPerformer } from './steps/format.ts'
import { setupPerformer } from './steps/setup.ts'

/** Left out: this agent cannot do it, and says so. */
export interface Performers {
  readonly format?: Performer<'format'>
  readonly setup?: Performer<'setup' | 'activate'>
  readonly activate?: Performer<'setup' | 'activate'>
  readonly capture?: Performer<'capture'>
  readonly deploy?: Performer<'deploy'>
  readonly verify?: Performer<'verify'>
}

export function createPerformers(machine: Machine): Performers {
  const setup = setupPerformer(machine)
  return { format: formatPerformer(machine), setup, activate: setup }
}
