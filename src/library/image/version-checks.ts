// Checks of versions that somebody asked for. Each reads a whole version, which takes minutes for each hundred gigabytes, so nobody
// waits for its answer: it is begun, and then asked how far it is. One after the other. Kept in memory: a restart forgets them.
import { AppError } from '../../contract/errors.ts'
import type { VersionCheckEnd, VersionCheckStatus } from '../../contract/image-care.ts'
import { type Clock, instantOf, type Log, type Operations } from '../../store/index.ts'
import { alsoFor } from './also-for.ts'
import type { ImageService } from './image-service.ts'
import { Turns } from './turns.ts'

interface VersionChecksDeps {
  readonly images: Pick<ImageService, 'find' | 'verify'>
  readonly operations: Operations
  readonly clock: Clock
  readonly log: Log
}

/** What came of so many is told; of older ones nothing is left. */
const ENDS_KEPT = 100

interface Running {
  readonly startedAt: string
  checkedChunks: number
  readonly ended: Promise<void>
}

export class VersionChecks {
  readonly #deps: VersionChecksDeps
  readonly #turns = new Turns()
  readonly #running = new Map<string, Running>()
  /** The latest one last. */
  readonly #ends = new Map<string, VersionCheckEnd>()
  readonly #stopping = new AbortController()

  constructor(deps: VersionChecksDeps) {
    this.#deps = deps
  }

  /** Begins one, unless this version is being checked. Throws as `find` does. */
  begin(imageName: string, version: number): VersionCheckStatus {
    this.#deps.images.find(imageName, version)
    const key = keyOf(imageName, version)
    if (!this.#running.has(key) && !this.#stopping.signal.aborted) {
      const startedAt = instantOf(this.#deps.clock.now())
      const ended = this.#check(imageName, version, startedAt)
      this.#running.set(key, { startedAt, checkedChunks: 0, ended })
    }
    return this.status(imageName, version)
  }

  status(imageName: string, version: number): VersionCheckStatus {
    const { chunkCount } = this.#deps.images.find(imageName, version)
    const key = keyOf(imageName, version)
    const [running, last] = [this.#running.get(key), this.#ends.get(key)]
    return {
      ...(running === undefined
        ? { isRunning: false }
        : { isRunning: true, startedAt: running.startedAt, checkedChunks: running.checkedChunks }),
      chunkCount,
      ...(last === undefined ? {} : { last }),
    }
  }

  /** When none is under way any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.settled()
  }

  async #check(imageName: string, version: number, startedAt: string): Promise<void> {
    const key = keyOf(imageName, version)
    const outcome = await this.#outcomeOf(imageName, version, (count) => {
      const running = this.#running.get(key)
      if (running !== undefined) running.checkedChunks = count
    })
    this.#running.delete(key)
    this.#ends.delete(key)
    this.#ends.set(key, { startedAt, endedAt: instantOf(this.#deps.clock.now()), ...outcome })
    for (const oldest of this.#ends.keys()) if (this.#ends.size > ENDS_KEPT) this.#ends.delete(oldest)
  }

  async #outcomeOf(
    imageName: string,
    version: number,
    onChecked: (count: number) => void,
  ): Promise<Pick<VersionCheckEnd, 'result' | 'failure'>> {
    const { signal } = this.#stopping
    const { images, operations } = this.#deps
    const what = {
      kind: 'image-verify',
      title: `${imageName} version ${version}`,
      total: images.find(imageName, version).chunkCount,
    } as const
    try {
      const result = await operations.run(what, (handle) => {
        const run = alsoFor(handle, { onChecked, signal })
        return this.#turns.run(async () => {
          run.signal.throwIfAborted()
          return images.verify(imageName, version, run)
        })
      })
      return { result }
    } catch (error) {
      if (signal.aborted) return { failure: 'the appliance stops' }
      if (!(error instanceof AppError)) this.#deps.log.error({ err: error, imageName, version }, 'a version could not be checked')
      return { failure: (error as Error).message }
    }
  }
}

const keyOf = (imageName: string, version: number): string => `${imageName} ${version}`
