// Whether a filesystem can be copied, and how: by its map, or all of it. Each way not to be fit has its own refusal. Only reads.
import { AppError } from '../../contract/errors.ts'
import type { ContentKind } from '../../contract/image.ts'
import type { CheckDepth } from '../../contract/steps.ts'
import type { Extent } from '../../imaging/extents.ts'
import { factsOf } from '../../imaging/filesystems/facts.ts'
import { uncleanReason } from '../../imaging/unclean.ts'
import type { FilesystemCheck, MappedContent, UsedContentDeps } from './imaging-tools.ts'
import { brokenContent, cutOffContent, uncleanContent, unmappableContent } from './unfit-content.ts'

/** Programs round down what they are given. */
const ROUNDING_BYTES = 1024 * 1024

export interface FilesystemPlace {
  /** For people: /dev/vda2, or group/volume. */
  readonly name: string
  readonly content: ContentKind
  readonly head: Uint8Array
  readonly sizeBytes: number
  check(content: MappedContent, depth: CheckDepth): Promise<FilesystemCheck>
}

export type Fitness =
  /** What is not a filesystem with a map of its own (swap, LVM, RAID, raw) is fit as it is. */
  | { readonly kind: 'fit'; readonly filesystemBytes?: number | undefined; readonly note?: string | undefined }
  /** All of it is taken, block by block, and nothing will be done to it later. */
  | { readonly kind: 'raw'; readonly reason: string; readonly broken?: string | undefined }

/** Throws IMAGE_CONTENT_CUT_OFF, IMAGE_CONTENT_UNCLEAN, IMAGE_CONTENT_UNMAPPED or IMAGE_CONTENT_BROKEN, in this order. */
export async function fitnessOf(
  place: FilesystemPlace,
  { includeUnknown, includeBroken = false }: Pick<UsedContentDeps, 'includeUnknown' | 'includeBroken'>,
): Promise<Fitness> {
  const { name, content, head, sizeBytes } = place
  const facts = factsOf(content, head)
  if (facts?.sizeBytes !== undefined && facts.sizeBytes > sizeBytes)
    throw cutOffContent(name, facts.variant, facts.sizeBytes, sizeBytes)
  const unclean = uncleanReason(content, head)
  if (unclean !== undefined) throw uncleanContent(name, content, unclean)
  if (facts?.unmappable !== undefined) {
    if (!includeUnknown) throw unmappableContent(name, facts.variant, facts.unmappable)
    return { kind: 'raw', reason: facts.unmappable }
  }
  // Only its header is copied: whatever somebody put behind its end would be left behind.
  if (content === 'swap' && facts?.sizeBytes !== undefined && facts.sizeBytes + ROUNDING_BYTES < sizeBytes)
    return { kind: 'raw', reason: `the swap area is smaller than its partition: ${facts.sizeBytes} of ${sizeBytes} bytes` }
  if (!isMapped(content)) return { kind: 'fit', filesystemBytes: facts?.sizeBytes }
  const found = await place.check(content, 'quick')
  switch (found.kind) {
    case 'whole':
      return { kind: 'fit', filesystemBytes: facts?.sizeBytes }
    case 'unchecked':
      return { kind: 'fit', filesystemBytes: facts?.sizeBytes, note: `not checked at the source: ${found.reason}` }
    case 'unclean':
      throw uncleanContent(name, content, found.reason)
    case 'broken':
      if (!includeBroken) throw brokenContent(name, content, found.lines)
      return { kind: 'raw', reason: 'its own check finds it broken', broken: wordsOf(found.lines) }
  }
}

export type UsedMap =
  | { readonly kind: 'mapped'; readonly used: readonly Extent[] }
  /** Its check found nothing, or nobody could check it, but its structures contradict each other: all of it is taken, as with what a check finds broken. */
  | { readonly kind: 'raw'; readonly reason: string; readonly broken: string }

/** Throws what the map throws, unless that is IMAGE_CONTENT_BROKEN and broken filesystems are to be taken as well. */
export async function mapOrBroken(
  read: () => Promise<readonly Extent[]>,
  { includeBroken = false }: Pick<UsedContentDeps, 'includeBroken'>,
): Promise<UsedMap> {
  try {
    return { kind: 'mapped', used: await read() }
  } catch (error) {
    if (!includeBroken || !(error instanceof AppError) || error.code !== 'IMAGE_CONTENT_BROKEN') throw error
    return { kind: 'raw', reason: 'its map of used blocks cannot be read', broken: wordsOf(error.message.split('\n').slice(1)) }
  }
}

export function isMapped(content: ContentKind): content is MappedContent {
  switch (content) {
    case 'ext':
    case 'fat':
    case 'xfs':
    case 'btrfs':
    case 'exfat':
    case 'ntfs':
    case 'f2fs':
      return true
    case 'swap':
    case 'lvm':
    case 'md':
    case 'raw':
    case 'empty':
      return false
  }
}

const MAX_WORDS = 500
const wordsOf = (lines: readonly string[]): string => lines.join(' / ').slice(0, MAX_WORDS)
