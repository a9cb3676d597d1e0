// One round of a site: ask what is offered, look whether that is to be followed, bring what lacks, bring up what was built. Touches the state.
import { Offer } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import type { ImageStoreService } from '../../../library/index.ts'
import type { Clock, Log, RecordStore } from '../../../store/index.ts'
import { bringUp, builtHere } from './bring-up.ts'
import type { CentralLink } from './central-link.ts'
import { type CentralRecord, policyOf } from './central-memory.ts'
import { whyNotFollow } from './check-offer.ts'
import type { Puller } from './puller.ts'
import type { TokenBucket } from './token-bucket.ts'
import { isOpen, parseWindow } from './window.ts'

export interface BroughtRecord {
  /** NAME.VERSION */
  readonly id: string
  readonly manifestDigest: string
}

export interface RoundDeps {
  readonly central: RecordStore<CentralRecord>
  readonly brought: RecordStore<BroughtRecord>
  readonly puller: Puller
  readonly images: ImageStoreService
  readonly bucket: TokenBucket
  readonly incoming: string
  readonly clock: Clock
  readonly log: Log
}

export interface RoundWatch {
  readonly signal: AbortSignal
  /** Another offer is there: the round ends after what comes now. */
  isStale(): boolean
  /** How it stands changed. */
  onChange(): void
  /** Something came as a whole. */
  onHeld(what: string): void
}

export type RoundEnd =
  | { readonly kind: 'done' }
  /** Content waits; what is told needs no window. */
  | { readonly kind: 'waits'; readonly for: string }
  /** It is not to be followed. */
  | { readonly kind: 'refused'; readonly error: AppError }

const LOOK_AT_WINDOW_MS = 30_000

/** Throws when the line breaks. */
export async function round(link: CentralLink, deps: RoundDeps, watch: RoundWatch): Promise<RoundEnd> {
  const { central, images, bucket } = deps
  const refused = await takeOffer(link, deps, watch)
  if (refused !== undefined) return { kind: 'refused', error: refused }
  const record = central.get('central')
  if (record === undefined) return { kind: 'done' }
  const { window, maxBytesPerSecond, mayPublish } = policyOf(record)
  bucket.limit(maxBytesPerSecond)
  const end = await inWindow(record.wasComplete === true ? window : undefined, deps, watch, async (signal) => {
    await pullAll(link, deps, { ...watch, signal })
    if (mayPublish) await bringAllUp(link, deps, signal, watch)
  })
  await moveTags(central.get('central')?.offer, images)
  return end
}

async function takeOffer(
  link: CentralLink,
  { central, log }: RoundDeps,
  { signal, onChange }: RoundWatch,
): Promise<AppError | undefined> {
  const record = central.get('central')
  if (record === undefined) return undefined
  const held = record.offer
  try {
    const json = held === undefined ? {} : { seen: held.id }
    const offer = await link.signed('offer', Offer, { path: '/offer', json, signal })
    if (offer === undefined) return undefined
    const why = whyNotFollow(offer, record.site, held)
    if (why !== undefined) return why
    await central.put({ ...record, offer })
    log.info({ revision: offer.revision, items: offer.items.length }, 'central offers something else')
    onChange()
    return undefined
  } catch (error) {
    if (error instanceof AppError && REFUSALS.includes(error.code)) return error
    throw error
  }
}

const REFUSALS: readonly string[] = ['SITE_CENTRAL_WENT_BACK', 'SITE_CENTRAL_NOT_PROVEN', 'SITE_CONTENT_UNKNOWN']

async function pullAll(link: CentralLink, { central, puller, incoming }: RoundDeps, watch: RoundWatch): Promise<void> {
  const { items = [] } = central.get('central')?.offer ?? {}
  const stale = new AbortController()
  const how = { link, folder: incoming, signal: AbortSignal.any([watch.signal, stale.signal]) }
  await puller
    .pull(items, how, (held) => {
      if (held !== undefined) watch.onHeld(`${held.kind} ${held.name} ${held.version ?? ''}`.trim())
      watch.onChange()
      // Between two items: nothing that is under way is thrown away.
      if (held !== undefined && watch.isStale()) stale.abort()
    })
    .catch((error: unknown) => {
      if (!stale.signal.aborted) throw error
    })
  const record = central.get('central')
  const { heldCount, itemCount } = puller.standing(items)
  if (record !== undefined && heldCount === itemCount && itemCount > 0 && record.wasComplete !== true)
    await central.put({ ...record, wasComplete: true })
}

async function bringAllUp(
  link: CentralLink,
  { brought, images }: RoundDeps,
  signal: AbortSignal,
  { onHeld }: RoundWatch,
): Promise<void> {
  for (const version of builtHere(images)) {
    const id = `${version.imageName}.${version.version}`
    if (brought.get(id)?.manifestDigest === version.manifestDigest) continue
    await bringUp(images, version, link, signal)
    await brought.put({ id, manifestDigest: version.manifestDigest })
    onHeld(`image ${id} to central`)
  }
}

/** Ends what runs when the window closes; it goes on from there in the next. window left out: at once. */
async function inWindow(
  window: string | undefined,
  { clock }: RoundDeps,
  { signal }: RoundWatch,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<RoundEnd> {
  if (window === undefined) {
    await work(signal)
    return { kind: 'done' }
  }
  const parsed = parseWindow(window)
  const waits = { kind: 'waits', for: `the window ${window}` } as const
  if (!isOpen(parsed, clock.now())) return waits
  const closed = new AbortController()
  let callOff = (): void => undefined
  const look = (): void => {
    if (!isOpen(parsed, clock.now())) closed.abort()
    else callOff = clock.after(LOOK_AT_WINDOW_MS, look)
  }
  look()
  try {
    await work(AbortSignal.any([signal, closed.signal]))
    return { kind: 'done' }
  } catch (error) {
    if (closed.signal.aborted && !signal.aborted) return waits
    throw error
  } finally {
    callOff()
  }
}

/** As central has them, on versions that are here. A tag of this appliance's own is on images of its own. */
async function moveTags(offer: Offer | undefined, images: ImageStoreService): Promise<void> {
  for (const [imageName, tags] of Object.entries(offer?.tags ?? {})) {
    const versions = images.list().find(({ name }) => name === imageName)?.versions ?? []
    for (const [tag, number] of Object.entries(tags)) {
      const version = versions.find((each) => each.version === number)
      if (version?.origin === 'central' && !version.tags.includes(tag)) await images.tag(imageName, tag, number)
    }
  }
}
