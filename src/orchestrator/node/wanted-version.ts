// Which version a node should run, and whether it does. Pure.
import type { DesiredImage } from '../../contract/operator-api.ts'
import type { NodeRecord } from './record.ts'

/** One version, by its number: what a DesiredImage means today. */
export interface WantedVersion {
  readonly imageName: string
  readonly version: number
}

/** Why the node is not what it should be; undefined: it is. */
export function driftOf({ installed }: Pick<NodeRecord, 'installed'>, wanted: WantedVersion): string | undefined {
  if (installed === undefined) return 'nothing that was verified'
  if (installed.imageName === wanted.imageName && installed.version === wanted.version) return undefined
  return `${installed.imageName} version ${installed.version}`
}

/** A tag that nothing carries, or an image that is gone, wants nothing: undefined. */
export function wantedVersion(
  desired: DesiredImage,
  images: readonly {
    readonly name: string
    readonly versions: readonly { readonly version: number; readonly tags: readonly string[] }[]
  }[],
): WantedVersion | undefined {
  const versions = images.find(({ name }) => name === desired.image)?.versions ?? []
  const { tag } = desired
  const candidates = tag === undefined ? versions : versions.filter(({ tags }) => tags.includes(tag))
  const version = desired.version ?? Math.max(...candidates.map((each) => each.version))
  return versions.some((each) => each.version === version) ? { imageName: desired.image, version } : undefined
}
