// What it takes to bring nodes to other versions and packages: how many machines, and how many bytes, as the manifests know it.
import type { InstalledPackage, MovePlan } from '../../contract/wanted.ts'
import type { ImageService, PackageService } from '../../library/index.ts'
import type { NodeRecord } from '../node/record.ts'
import { otherThan, packageChanges, packagesNow } from './difference.ts'
import type { WantedVersion } from './wanted-version.ts'

export interface Move {
  readonly node: NodeRecord
  readonly to: WantedVersion
  /** All that it is to have beside the image. Left out: nobody says. */
  readonly packages?: readonly InstalledPackage[]
}

interface Library {
  readonly images: Pick<ImageService, 'find' | 'diff'>
  readonly packages: Pick<PackageService, 'find'>
}

/** What the node runs: as it proved, else as the last verified deploy left it. */
export function runsNow({ present, installed }: Pick<NodeRecord, 'present' | 'installed'>): WantedVersion | undefined {
  const proven = present?.record === 'good' ? present.image : undefined
  if (proven !== undefined) return { imageName: proven.name, version: proven.version }
  return installed === undefined ? undefined : { imageName: installed.imageName, version: installed.version }
}

/** Those that run something else than where they are to go. */
export const thatMove = (moves: readonly Move[]): readonly Move[] =>
  moves.filter(({ node, to }) => otherThan(to, node) !== undefined)

export async function planMoves(moves: readonly Move[], { images, packages }: Library): Promise<MovePlan> {
  const known = new Map<string, number>()
  const bytesOf = async (from: WantedVersion | undefined, to: WantedVersion): Promise<number> => {
    const key = `${from?.imageName} ${from?.version} ${to.imageName} ${to.version}`
    const bytes = known.get(key) ?? (await bytesBetween(from, to, images))
    known.set(key, bytes)
    return bytes
  }
  const planned: MovePlan['moves'] = []
  for (const move of moves) {
    const { node, to } = move
    const from = runsNow(node)
    const changes = changesOf(move)
    planned.push({
      node: node.name,
      ...(from === undefined ? {} : { from }),
      to,
      ...(changes.length === 0 ? {} : { packages: [...changes] }),
      bytes: (await bytesOf(from, to)) + sizeOf(changes, packages),
    })
  }
  return { moves: planned, bytes: planned.reduce((total, { bytes }) => total + bytes, 0) }
}

/** A new image brings none: all of them come. */
function changesOf({ node, to, packages }: Move) {
  if (packages === undefined) return []
  const stays = otherThan(to, node) === undefined
  return packageChanges(packages, stays ? packagesNow(node) : [])
}

/** One that was removed meanwhile is told when the job is posted. */
function sizeOf(changes: ReturnType<typeof changesOf>, packages: Pick<PackageService, 'find'>): number {
  const sizes = changes.map(({ name, to }) => {
    if (to === undefined) return 0
    try {
      return packages.find(name, to).sizeBytes
    } catch {
      return 0
    }
  })
  return sizes.reduce((total, each) => total + each, 0)
}

async function bytesBetween(from: WantedVersion | undefined, to: WantedVersion, images: Library['images']): Promise<number> {
  if (from?.imageName === to.imageName && from.version === to.version) return 0
  const whole = images.find(to.imageName, to.version).usedBytes
  if (from?.imageName !== to.imageName) return whole
  // What it runs may have been removed since.
  return images.diff(to.imageName, from.version, to.version).then(
    ({ changedBytes }) => changedBytes,
    () => whole,
  )
}
