// Space that running captures were promised. Pure but for its own list; a restart forgets it, and agents ask again.
import { AppError } from '../../contract/errors.ts'
import { formatBytes } from '../../imaging/plan-text.ts'

/** Never given away: the state of the appliance lives on the same volume. */
const KEPT_FREE_BYTES = 64 * 1024 * 1024

export class Reservations {
  readonly #byJob = new Map<string, number>()

  /** Throws IMAGE_STORE_FULL with the numbers. Asking again replaces what the job had. */
  reserve(jobId: string, neededBytes: number, freeBytes: number): void {
    const promised = [...this.#byJob].reduce((sum, [other, bytes]) => (other === jobId ? sum : sum + bytes), 0)
    const available = Math.max(0, freeBytes - promised - KEPT_FREE_BYTES)
    if (neededBytes > available) {
      throw new AppError(
        'IMAGE_STORE_FULL',
        `the capture may need ${neededBytes} bytes (${formatBytes(neededBytes)}), the store has ${available} (${formatBytes(available)}) left` +
          ` (free ${formatBytes(freeBytes)}, promised to other captures ${formatBytes(promised)})`,
        'Free space on the volume of the data folder, then post the job again.',
      )
    }
    this.#byJob.set(jobId, neededBytes)
  }

  /** A part of the promise became a stored chunk. */
  use(jobId: string, bytes: number): void {
    const left = this.#byJob.get(jobId)
    if (left !== undefined) this.#byJob.set(jobId, Math.max(0, left - bytes))
  }

  release(jobId: string): void {
    this.#byJob.delete(jobId)
  }
}
