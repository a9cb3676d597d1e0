// How far a setup is: actions weigh what their files weigh, and an archive counts as it arrives. Pure.
import type { SetupAction } from '../../contract/steps.ts'

/** What a file costs beside its bytes, and what a script is taken for: nobody knows what it does. */
const BASE_BYTES = 1024 ** 2
const SCRIPT_BYTES = 24 * 1024 ** 2

/** Percent of the whole when `arrivedBytes` of the file of the action at `index` have been taken in. */
export function setupPercent(actions: readonly SetupAction[], index: number, arrivedBytes = 0): number {
  const weights = actions.map(weightOf)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const before = weights.slice(0, index).reduce((sum, weight) => sum + weight, 0)
  const within = Math.min(arrivedBytes, weights[index] ?? 0)
  return whole === 0 ? 0 : (100 * (before + within)) / whole
}

function weightOf(action: SetupAction): number {
  if ('script' in action) return SCRIPT_BYTES
  if ('write' in action) return BASE_BYTES
  const file = 'extract' in action ? action.extract : 'copy' in action ? action.copy : action.template
  return BASE_BYTES + file.sizeBytes
}
