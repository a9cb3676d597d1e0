// What a search for packages has to meet: what is wanted, and what the chosen ones require. Pure.
import type { PackageRelation, PackageRequirement } from '../../contract/package.ts'
import { type Candidate, nameOf, wordsOf } from './shelf.ts'

export interface Goal {
  readonly words: string
  /** Who asks, as "X needs": undefined: the person who wants it. */
  readonly by: Candidate | undefined
  readonly anyOf: readonly PackageRelation[]
  readonly feature?: string
}

export function goalsOf(candidate: Candidate): readonly Goal[] {
  return (candidate.requires ?? []).map((requirement) => ({
    words: requirementWords(requirement),
    by: candidate,
    anyOf: [{ name: requirement.name, ...rangeOf(requirement) }, ...(requirement.or ?? [])],
  }))
}

const rangeOf = ({ range }: PackageRelation) => (range === undefined ? {} : { range })

const requirementWords = ({ or = [], ...first }: PackageRequirement): string => [first, ...or].map(wordsOf).join(' or ')

/** As a sentence: who asks for what. */
export const becauseOf = ({ by, words }: Goal): string =>
  by === undefined ? `${words} is wanted` : `${nameOf(by)} needs ${words}`
