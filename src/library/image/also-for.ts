// A check that is an operation, too: whoever watches that is told how far it is, and whoever calls it off ends the check. Pure.
import type { OperationHandle } from '../../store/index.ts'
import type { CheckRun } from './image-service.ts'

export function alsoFor({ signal, progress }: OperationHandle, run: CheckRun): CheckRun {
  return {
    signal: AbortSignal.any([signal, run.signal]),
    onChecked(count) {
      progress(count)
      run.onChecked(count)
    },
  }
}
