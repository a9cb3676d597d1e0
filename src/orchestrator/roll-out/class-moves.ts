// Which nodes of a class a roll-out moves, and what the class says when it is done. Pure but for what it asks.
import type { NewRollOut } from '../../contract/roll-out.ts'
import type { WantedImage } from '../../contract/wanted.ts'
import type { ImageService } from '../../library/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import { type Move, runsNow } from '../wanted/move-plan.ts'
import { doesNotStart, entryFor, type WantedVersion } from '../wanted/wanted-version.ts'

interface Asked {
  readonly classes: Pick<NodeClasses, 'membersOf' | 'show'>
  readonly images: Pick<ImageService, 'find'>
}

/** Nodes of the class that do not say themselves what they run, on which the version starts, and that do not run it yet. */
export function movesOf(className: string, { image, version }: NewRollOut, { classes, images }: Asked): readonly Move[] {
  const found = images.find(image, version)
  const { runs } = classes.show(className)
  const to = { imageName: image, version }
  return classes.membersOf(className).flatMap((node): Move[] => {
    const current = runsNow(node)
    const isThere = current?.imageName === image && current.version === version
    const isSpokenFor = node.wanted?.runs !== undefined || doesNotStart(found, node.inventory) !== undefined
    const isOther = runs !== undefined && entryFor(runs, node.inventory.architecture) === undefined
    return isThere || isSpokenFor || isOther ? [] : [{ node, to }]
  })
}

/** What can be deployed again. */
export function stillThere(version: WantedVersion | undefined, images: Pick<ImageService, 'list'>): WantedVersion | undefined {
  const image = images.list().find(({ name }) => name === version?.imageName)
  return image?.versions.some((each) => each.version === version?.version) === true ? version : undefined
}

/** In the place of the entry that spoke of these machines; one for all others stays where the version is not for all. */
export function withEntry(
  runs: readonly WantedImage[],
  target: Pick<WantedImage, 'image' | 'version'>,
  architecture: WantedImage['architecture'],
): WantedImage[] {
  const old = architecture === undefined ? runs[0] : runs.find((each) => each.architecture === architecture)
  const { tag: _tag, ...kept } = old ?? { image: '', ...(architecture === undefined ? {} : { architecture }) }
  const entry = { ...kept, ...target }
  return old === undefined ? [entry, ...runs] : runs.map((each) => (each === old ? entry : each))
}
