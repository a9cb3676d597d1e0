// What of this room goes into composite bundles: one thing a kind. Pure but for what each of them touches.
import type { BundleThing } from '../../library/index.ts'
import type { Collections } from '../collections.ts'
import type { NodeLife } from '../node/life.ts'
import type { Nodes } from '../node/nodes.ts'
import type { Schedules } from '../schedule/schedules.ts'
import { nodeThing } from './node-thing.ts'
import { classThing, hookThing, ruleThing, scheduleThing } from './setting-things.ts'

interface BundleThingsDeps {
  readonly collections: Collections
  readonly nodes: Nodes
  readonly nodeLife: NodeLife
  readonly schedules: Schedules
}

export function bundleThings({ collections, nodes, nodeLife, schedules }: BundleThingsDeps): readonly BundleThing[] {
  return [
    classThing(collections.classes),
    ruleThing(collections.approvalRules, nodeLife, nodes),
    nodeThing(nodes),
    scheduleThing({
      schedules: collections.schedules,
      nextAtMs: (schedule) => schedules.nextTurnOf(schedule),
      nameOfNode: (idOrName) => nodes.get(idOrName)?.name ?? idOrName,
    }),
    hookThing(collections.hooks),
  ]
}
