// A folder that is looked at again and again, one look after the other: which works on network file systems, too. Touches the clock and the
// times of files; what a look does is for whoever watches.
import { stat } from 'node:fs/promises'
import type { Clock, Log } from '../../store/index.ts'

const LOOK_MS = 2000

interface FolderLooksDeps {
  /** In what is logged: "profiles". */
  readonly what: string
  /** atOnce: load what changed without waiting until it has stopped changing. */
  readonly lookAtAll: (atOnce: boolean) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

export class FolderLooks {
  readonly #deps: FolderLooksDeps
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: FolderLooksDeps) {
    this.#deps = deps
  }

  /** Loads all, then looks every two seconds until stop. What keeps a look from its end (a full disk) is logged, and the next one tries again. */
  async start(): Promise<void> {
    await this.look(true).catch(() => undefined)
    this.#lookLater()
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    this.#callOff = undefined
    await this.#looking
  }

  look(atOnce = false): Promise<void> {
    const looked = this.#looking.then(() => this.#deps.lookAtAll(atOnce))
    this.#looking = looked.catch((error: unknown) =>
      this.#deps.log.error({ err: error }, `the ${this.#deps.what} folder could not be looked at`),
    )
    return looked
  }

  #lookLater(): void {
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      void this.look()
        .catch(() => undefined)
        .then(() => {
          if (this.#callOff !== undefined) this.#lookLater()
        })
    })
  }
}

/** Another one when any of the files changed; "-" stands for one that is not there. */
export async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = paths.map((path) =>
    stat(path).then(
      ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
      () => '-',
    ),
  )
  return (await Promise.all(stamps)).join('|')
}
