// Brings what a site is offered and lacks, the most urgent first. A line that breaks ends a round, and the next goes on; what cannot be taken for a
// reason of its own is told and holds up nothing else.
import type { FollowedItem, ItemFailure } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import type { Log } from '../../../store/index.ts'
import type { Bringing, ItemKind } from './kinds/kind.ts'

interface PullerDeps {
  /** By the kind of items. */
  readonly kinds: ReadonlyMap<string, ItemKind>
  readonly log: Log
}

export interface Standing {
  readonly itemCount: number
  readonly heldCount: number
  /** An estimate: what is used, before compression. */
  readonly leftBytes: number
  readonly current?: string
  readonly failures: readonly ItemFailure[]
}

/** A round ended with this because nobody could be asked: the same may go well later. */
const LINE_BROKE: readonly string[] = ['SITE_CENTRAL_UNREACHABLE', 'IMAGE_CHUNK_STREAM_INVALID', 'SITE_REQUEST_REFUSED']

export class Puller {
  readonly #deps: PullerDeps
  readonly #failures = new Map<string, ItemFailure>()
  #current: FollowedItem | undefined

  constructor(deps: PullerDeps) {
    this.#deps = deps
  }

  standing(items: readonly FollowedItem[]): Standing {
    const lacking = items.filter((item) => !this.#has(item))
    return {
      itemCount: items.length,
      heldCount: items.length - lacking.length,
      leftBytes: lacking.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(this.#current === undefined ? {} : { current: wordsOf(this.#current) }),
      failures: items.flatMap((item) => this.#failures.get(keyOf(item)) ?? []),
    }
  }

  /** Throws when the line breaks or the signal is aborted. onChange: after every item. */
  async pull(items: readonly FollowedItem[], how: Bringing, onChange: (held?: FollowedItem) => void): Promise<void> {
    const keys = new Set(items.map(keyOf))
    for (const key of this.#failures.keys()) if (!keys.has(key)) this.#failures.delete(key)
    try {
      for (const item of items) {
        how.signal.throwIfAborted()
        if (this.#has(item)) {
          this.#failures.delete(keyOf(item))
          continue
        }
        this.#current = item
        onChange()
        onChange((await this.#bring(item, how)) ? item : undefined)
      }
    } finally {
      this.#current = undefined
    }
  }

  /** false: it was refused, and the reason is kept. */
  async #bring(item: FollowedItem, how: Bringing): Promise<boolean> {
    const { kinds, log } = this.#deps
    try {
      const kind = kinds.get(item.kind)
      if (kind === undefined) throw unknownKind(item)
      await kind.bring(item, how)
      this.#failures.delete(keyOf(item))
      log.info({ item: wordsOf(item) }, 'came from central')
      return true
    } catch (error) {
      how.signal.throwIfAborted()
      const refusal = refusalOf(error, item)
      if (refusal === undefined) throw error
      const { kind, name, version } = item
      const of = { kind, name, ...(version === undefined ? {} : { version }) }
      this.#failures.set(keyOf(item), { ...of, code: refusal.code, message: refusal.message.slice(0, 2000) })
      log.warn({ code: refusal.code, item: wordsOf(item) }, refusal.message)
      return false
    }
  }

  #has(item: FollowedItem): boolean {
    return this.#deps.kinds.get(item.kind)?.has(item) ?? false
  }
}

export const wordsOf = ({ kind, name, version }: Pick<FollowedItem, 'kind' | 'name' | 'version'>): string =>
  `${kind} ${name}${version === undefined ? '' : ` ${version.slice(0, 12)}`}`

const keyOf = ({ kind, name, version, digest }: FollowedItem): string => [kind, name, version, digest].join(' ')

/** What is the matter with this item alone. undefined: the line broke, or nobody knows what it is. */
function refusalOf(error: unknown, item: FollowedItem): AppError | undefined {
  if (error instanceof AppError) return LINE_BROKE.includes(error.code) ? undefined : error
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return undefined
  return new AppError(
    'SITE_CONTENT_NOT_KEPT',
    `${wordsOf(item)} could not be kept here: ${message}`,
    'Look at the disk of the site and at who may write there; it is fetched again by itself.',
    { cause: error },
  )
}

function unknownKind(item: FollowedItem): AppError {
  return new AppError(
    'SITE_CONTENT_UNKNOWN',
    `central offers a ${item.kind}, and this version does not know what that is`,
    'Bring this appliance to the version of its central.',
  )
}
