// The names of a list of the appliance, and how they are asked for: for completion, which loads nothing else. Pure.
import type { NamedThing } from './completion.ts'

/** Below the operator API. */
export const namesPath = (of: NamedThing): string => `/${of}?fields=${fieldOf(of)}`

export function namesIn(of: NamedThing, answer: Readonly<Record<string, unknown>>): readonly string[] {
  const list = (answer[of === 'roll-outs' ? 'rollOuts' : of] ?? []) as readonly Readonly<Record<string, string>>[]
  return list.map((one) => one[fieldOf(of)]!)
}

/** They have no names. */
const BY_ID: readonly NamedThing[] = ['jobs', 'roll-outs', 'operations']
const fieldOf = (of: NamedThing): 'id' | 'name' => (BY_ID.includes(of) ? 'id' : 'name')
