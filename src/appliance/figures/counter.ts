// Counts what happens between two samples. What a job moved is counted while it runs, not only when it ends. No I/O.
import type { Sample } from '../../contract/figures.ts'
import type { JobView } from '../../contract/job.ts'
import type { NetbootEvent } from '../../netboot/index.ts'

/** What is so at the moment of a sample. */
export type Standing = Pick<Sample, 'jobsRunning' | 'jobsQueued' | 'storeUsedBytes' | 'storeSizeBytes' | 'problems'>

type Counts = Omit<Sample, keyof Standing>
const NOTHING: Counts = { bootsToDisk: 0, bootsToBootOs: 0, jobsSucceeded: 0, jobsFailed: 0, movedBytes: 0 }

export class FigureCounter {
  #counts = { ...NOTHING }
  /** What of each running job was counted already. */
  #counted = new Map<string, number>()

  countBoot(event: NetbootEvent): void {
    if (event.type !== 'script.answered' || event.isAgain) return
    if (event.answer === 'local-disk') this.#counts.bootsToDisk++
    if (event.answer === 'boot-os' || event.answer === 'kernel') this.#counts.bootsToBootOs++
  }

  /** Once for each job that ended. */
  countEnd(job: JobView): void {
    if (job.state === 'succeeded') this.#counts.jobsSucceeded++
    if (job.state === 'failed' || job.state === 'timed-out') this.#counts.jobsFailed++
    this.#countMoved(job)
    this.#counted.delete(job.id)
  }

  /** All jobs that run now; what happened since the last sample begins anew. */
  take(running: readonly JobView[], standing: Standing): Sample {
    for (const job of running) this.#countMoved(job)
    const runs = new Set(running.map(({ id }) => id))
    for (const id of this.#counted.keys()) if (!runs.has(id)) this.#counted.delete(id)
    const counts = this.#counts
    this.#counts = { ...NOTHING }
    return { ...counts, ...standing }
  }

  #countMoved({ id, status: { transfer } }: JobView): void {
    const moved = (transfer.bytesSent ?? 0) + (transfer.bytesReceived ?? 0)
    // A job that was taken back begins again with nothing.
    this.#counts.movedBytes += Math.max(0, moved - (this.#counted.get(id) ?? 0))
    this.#counted.set(id, moved)
  }
}
