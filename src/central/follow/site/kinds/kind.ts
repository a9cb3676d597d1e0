// What a site does with one kind of thing that it is offered: whether it has it, and how it comes. Types.
import type { FollowedItem } from '../../../../contract/central/follow.ts'
import type { CentralLink } from '../central-link.ts'

export interface Bringing {
  readonly link: CentralLink
  readonly signal: AbortSignal
  /** Where files lie until all of it is there. */
  readonly folder: string
}

export interface ItemKind {
  /** From memory or nearly: asked for every item of an offer. */
  has(item: FollowedItem): boolean
  /** Has it as a whole when it returns; may be called again after any failure, and goes on. */
  bring(item: FollowedItem, how: Bringing): Promise<void>
}
