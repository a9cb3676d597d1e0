// What the steps of a job's like took the last time: the same kind of job of the same profile or image. In memory, read from the history.
import { workerNameOf } from '../worker/worker-name.ts'
import type { JobRecord } from './record.ts'

/** Of so many ended jobs, at the start. */
export const STEP_TIMES_READ = 500

type Timed = Pick<JobRecord, 'request' | 'pins' | 'stepKinds' | 'results' | 'nodeId'>

export class StepTimes {
  readonly #seconds = new Map<string, number>()

  /** Steps that were done, whatever became of the job. */
  note(job: Timed): void {
    // A worker counts all that it did as one step.
    if (workerNameOf(job.nodeId) !== undefined) return
    for (const { step, seconds } of job.results) this.#seconds.set(keyOf(job, step), seconds)
  }

  of(job: Timed): readonly (number | undefined)[] {
    return job.stepKinds.map((_, step) => this.#seconds.get(keyOf(job, step)))
  }
}

function keyOf({ request, pins, stepKinds }: Timed, step: number): string {
  return [request.kind, request.profile ?? pins.imageName, step, stepKinds[step]].join(' ')
}
