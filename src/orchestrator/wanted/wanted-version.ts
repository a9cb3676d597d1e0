// Which version an entry of a wish means today, and for which machines. Pure.
import type { ImageVersionView } from '../../contract/image.ts'
import type { Architecture, Firmware } from '../../contract/values.ts'
import type { WantedImage } from '../../contract/wanted.ts'

/** One version, by its number. */
export interface WantedVersion {
  readonly imageName: string
  readonly version: number
}

export type KnownVersion = Pick<ImageVersionView, 'version' | 'tags' | 'architecture' | 'firmware'>

export interface KnownImage<V extends KnownVersion = KnownVersion> {
  readonly name: string
  /** By number, the newest last. */
  readonly versions: readonly V[]
}

/** What an image has to start on. */
export interface StartsWhere {
  readonly architecture: Architecture
  readonly firmware: Firmware
}

/** The entry that speaks of machines of this processor type: the one that names it, else the one that names none. */
export function entryFor(runs: readonly WantedImage[] | undefined, architecture: Architecture): WantedImage | undefined {
  return runs?.find((each) => each.architecture === architecture) ?? runs?.find((each) => each.architecture === undefined)
}

/** Why the version does not start there; undefined: it does, or nobody knows better. */
export function doesNotStart(
  { architecture, firmware }: Pick<KnownVersion, 'architecture' | 'firmware'>,
  machine: Partial<StartsWhere>,
): string | undefined {
  if (architecture !== undefined && machine.architecture !== undefined && architecture !== machine.architecture)
    return `it starts on ${architecture}, not on ${machine.architecture}`
  if (firmware !== undefined && machine.firmware !== undefined && !firmware.includes(machine.firmware))
    return `it starts by ${firmware.join(' and ')}, not by ${machine.firmware}`
  return undefined
}

/** Of several that fit, the newest. A tag that nothing carries, or an image that is gone, means nothing: undefined. */
export function wantedVersion(
  entry: Pick<WantedImage, 'architecture' | 'image' | 'version' | 'tag'>,
  images: readonly KnownImage[],
  machine: Partial<StartsWhere> = {},
): WantedVersion | undefined {
  const { architecture, image, version, tag } = entry
  const versions = images.find(({ name }) => name === image)?.versions ?? []
  const on = { ...(architecture === undefined ? {} : { architecture }), ...machine }
  const found = versions.findLast(
    (each) =>
      (version === undefined || each.version === version) &&
      (tag === undefined || version !== undefined || each.tags.includes(tag)) &&
      doesNotStart(each, on) === undefined,
  )
  return found === undefined ? undefined : { imageName: image, version: found.version }
}
