// What the steps of a job's like took the last time: the same kind of job of the same profile or image. In memory, read from the history.
import type { JobRecord } from './record.ts'

/** Of so many ended jobs, at the start. */
export const STEP_TIMES_READ = 500

type Timed = Pick<JobRecord, 'request' | 'pins' | 'stepKinds' | 'results'>

export class StepTimes {
  readonly #seconds = new Map<string, number>()

  /** Steps that were done, whatever became of the job. */
  note(job: Timed): void {
    for (const { step, seconds } of job.results) this.#seconds.set(keyOf(job, step), seconds)
  }

  of(job: Timed): readonly (number | undefined)[] {
    return job.stepKinds.map((_, step) => this.#seconds.get(keyOf(job, step)))
  }
}

function keyOf({ request, pins, stepKinds }: Timed, step: number): string {
  return [request.kind, request.profile ?? pins.imageName, step, stepKinds[step]].join(' ')
}
