// Once a day: versions of packages that the settings do not keep go. Only where the settings say so, and never one that somebody needs.
import type { PackageVersionView } from '../../contract/package.ts'
import type { Clock, Log } from '../../store/index.ts'
import type { Packages } from './packages.ts'

export interface KeepPolicy {
  readonly keepLast?: number
  readonly keepDays?: number
}

interface PackageRetentionDeps {
  readonly packages: Pick<Packages, 'list' | 'useOf' | 'remove'>
  readonly policy: KeepPolicy
  readonly clock: Clock
  readonly log: Log
}

/** Not in the middle of a start: machines that boot come first. */
const FIRST_MS = 3_600_000
const DAY_MS = 86_400_000

export class PackageRetention {
  readonly #deps: PackageRetentionDeps
  #callOff: (() => void) | undefined
  #tidying: Promise<unknown> = Promise.resolve()

  constructor(deps: PackageRetentionDeps) {
    this.#deps = deps
  }

  start(afterMs = FIRST_MS): void {
    const { policy, clock, log } = this.#deps
    if (policy.keepLast === undefined && policy.keepDays === undefined) return
    this.#callOff = clock.after(afterMs, () => {
      this.#tidying = this.tidy().catch((error: unknown) => log.error({ err: error }, 'old packages could not be removed'))
      this.start(DAY_MS)
    })
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    await this.#tidying
  }

  /** Gives what it removed, as "NAME VERSION". */
  async tidy(): Promise<readonly string[]> {
    const { packages, policy, clock, log } = this.#deps
    const removed: string[] = []
    for (const { name, versions } of packages.list()) {
      for (const { version } of notKept(versions, policy, clock.now())) {
        if (packages.useOf(name, version) !== undefined) continue
        await packages.remove(name, version)
        removed.push(`${name} ${version}`)
      }
    }
    if (removed.length > 0) log.info({ removed }, 'old packages were removed')
    return removed
  }
}

/** keepDays alone keeps the newest beside. versions: the newest first. */
export function notKept(
  versions: readonly PackageVersionView[],
  { keepLast = 1, keepDays }: KeepPolicy,
  nowMs: number,
): readonly PackageVersionView[] {
  const isYoung = ({ addedAt }: PackageVersionView) => keepDays !== undefined && nowMs - Date.parse(addedAt) < keepDays * DAY_MS
  return versions.slice(keepLast).filter((each) => !isYoung(each))
}
