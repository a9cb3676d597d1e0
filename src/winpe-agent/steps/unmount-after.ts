// Unmounts the image when the work inside it is over. Touches the mounts.
import type { Machine } from '../machine.ts'
import type { StepContext } from '../performer.ts'

const UNMOUNT_MS = 120_000

/** Also after an abort, when the step's own signal would stop it at once. */
export async function unmountAfter({ target }: Machine, { log }: StepContext): Promise<void> {
  await target.unmount({ log, signal: AbortSignal.timeout(UNMOUNT_MS) })
}
