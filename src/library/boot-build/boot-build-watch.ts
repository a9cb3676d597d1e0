// Looks at the boot folder every few seconds, because `platen boot build` works there from a process of its own; and when a build came, those
// go that are not kept: of each kind the last few stay, the one in use, and whatever somebody asks for.
import type { Clock, Log } from '../../store/index.ts'
import type { BootBuilds } from './boot-builds.ts'
import { type BootBuild, isSameKind } from './build.ts'

interface BootBuildWatchDeps {
  readonly builds: Pick<BootBuilds, 'look' | 'list' | 'changeCount' | 'isInUse' | 'whoNeeds' | 'remove'>
  /** How many of each kind stay. */
  readonly keepLast: number
  readonly clock: Clock
  readonly log: Log
}

const LOOK_MS = 2000

export class BootBuildWatch {
  readonly #deps: BootBuildWatchDeps
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #tidiedAt = -1

  constructor(deps: BootBuildWatchDeps) {
    this.#deps = deps
  }

  start(): void {
    const { clock, log } = this.#deps
    this.#callOff = clock.after(LOOK_MS, () => {
      this.#looking = this.look().catch((error: unknown) => log.error({ err: error }, 'the boot folder could not be looked at'))
      void this.#looking.then(() => {
        if (this.#callOff !== undefined) this.start()
      })
    })
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    this.#callOff = undefined
    await this.#looking
  }

  async look(): Promise<void> {
    const { builds, keepLast, log } = this.#deps
    await builds.look()
    if (builds.changeCount() === this.#tidiedAt) return
    const old = notKept(builds.list(), keepLast)
    const going = old.filter((each) => !builds.isInUse(each) && builds.whoNeeds(each).length === 0)
    for (const { architecture, number } of going) await builds.remove(architecture, number)
    if (going.length > 0)
      log.info(
        { removed: going.map(({ architecture, number }) => `${architecture} ${number}`) },
        'old boot OS builds were removed',
      )
    this.#tidiedAt = builds.changeCount()
  }
}

/** Those that have so many newer ones of their kind. Pure. */
export function notKept(builds: readonly BootBuild[], keepLast: number): readonly BootBuild[] {
  const newerThan = (build: BootBuild) => builds.filter((each) => isSameKind(each, build) && each.number > build.number)
  return builds.filter((each) => newerThan(each).length >= keepLast)
}
