// Once a day: versions that the settings do not keep go, and the space of their chunks is freed. Only where the settings say so.
import type { CollectResult, PruneResult, RetentionPolicy } from '../../contract/image-care.ts'
import type { Clock, Log } from '../../store/index.ts'
import type { ImageService } from './image-service.ts'

interface RetentionTimerDeps {
  readonly images: Pick<ImageService, 'list' | 'prune' | 'collect'>
  /** undefined: nothing goes by itself. */
  readonly policy: RetentionPolicy | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Not in the middle of a start: machines that boot come first. */
const FIRST_MS = 3_600_000
const DAY_MS = 86_400_000

export class RetentionTimer {
  readonly #deps: RetentionTimerDeps
  #callOff: (() => void) | undefined
  #tidying: Promise<unknown> = Promise.resolve()

  constructor(deps: RetentionTimerDeps) {
    this.#deps = deps
  }

  start(afterMs = FIRST_MS): void {
    const { policy, clock, log } = this.#deps
    if (policy === undefined) return
    this.#callOff = clock.after(afterMs, () => {
      this.#tidying = this.tidy(policy).catch((error: unknown) => log.error({ err: error }, 'old versions could not be removed'))
      this.start(DAY_MS)
    })
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    await this.#tidying
  }

  async tidy(policy: RetentionPolicy): Promise<CollectResult | undefined> {
    const { images, log } = this.#deps
    const pruned: PruneResult[] = []
    for (const { name } of images.list()) pruned.push(await images.prune(name, policy))
    const removed = pruned.flatMap(({ imageName, removed: versions }) => versions.map((version) => `${imageName} ${version}`))
    if (removed.length === 0) return undefined
    const collected = await images.collect()
    log.info({ removed, freedBytes: collected.freedBytes }, 'old versions were removed')
    return collected
  }
}

/** keepDays alone keeps the newest beside; neither: nothing goes. */
export function policyOf({ keepLast, keepDays }: { keepLast?: number; keepDays?: number }): RetentionPolicy | undefined {
  if (keepLast === undefined && keepDays === undefined) return undefined
  return { keepLast: keepLast ?? 1, ...(keepDays === undefined ? {} : { keepDays }), dryRun: false }
}
