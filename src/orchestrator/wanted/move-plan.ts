// What it takes to bring nodes to other versions: how many machines, and how many bytes, as the manifests know it.
import type { MovePlan } from '../../contract/wanted.ts'
import type { ImageService } from '../../library/index.ts'
import type { NodeRecord } from '../node/record.ts'
import { otherThan } from './difference.ts'
import type { WantedVersion } from './wanted-version.ts'

export interface Move {
  readonly node: NodeRecord
  readonly to: WantedVersion
}

/** What the node runs: as it proved, else as the last verified deploy left it. */
export function runsNow({ present, installed }: NodeRecord): WantedVersion | undefined {
  const proven = present?.record === 'good' ? present.image : undefined
  if (proven !== undefined) return { imageName: proven.name, version: proven.version }
  return installed === undefined ? undefined : { imageName: installed.imageName, version: installed.version }
}

/** Those that run something else than where they are to go. */
export const thatMove = (moves: readonly Move[]): readonly Move[] =>
  moves.filter(({ node, to }) => otherThan(to, node) !== undefined)

export async function planMoves(moves: readonly Move[], images: Pick<ImageService, 'find' | 'diff'>): Promise<MovePlan> {
  const known = new Map<string, number>()
  const bytesOf = async (from: WantedVersion | undefined, to: WantedVersion): Promise<number> => {
    const key = `${from?.imageName} ${from?.version} ${to.imageName} ${to.version}`
    const bytes = known.get(key) ?? (await bytesBetween(from, to, images))
    known.set(key, bytes)
    return bytes
  }
  const planned: MovePlan['moves'] = []
  for (const { node, to } of moves) {
    const from = runsNow(node)
    planned.push({ node: node.name, ...(from === undefined ? {} : { from }), to, bytes: await bytesOf(from, to) })
  }
  return { moves: planned, bytes: planned.reduce((total, { bytes }) => total + bytes, 0) }
}

async function bytesBetween(
  from: WantedVersion | undefined,
  to: WantedVersion,
  images: Pick<ImageService, 'find' | 'diff'>,
): Promise<number> {
  const whole = images.find(to.imageName, to.version).usedBytes
  if (from?.imageName !== to.imageName) return whole
  // What it runs may have been removed since.
  return images.diff(to.imageName, from.version, to.version).then(
    ({ changedBytes }) => changedBytes,
    () => whole,
  )
}
