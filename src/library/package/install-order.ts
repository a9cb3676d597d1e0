// Packages in the order in which they are installed: what is required comes first. Pure.
import type { PackageRequirement } from '../../contract/package.ts'
import { type Candidate, meets } from './shelf.ts'

/** Where packages require each other in a circle, it is cut at the one that is met first: that one is installed last of them. */
export function inInstallOrder(chosen: readonly Candidate[]): readonly Candidate[] {
  const ordered: Candidate[] = []
  const seen = new Set<Candidate>()
  // Without recursion: a chain of requirements may be as long as the list.
  for (const first of chosen.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = [{ candidate: first, left: requiredBy(first, chosen) }]
    if (seen.has(first)) continue
    seen.add(first)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.left.pop()
      if (next === undefined) {
        ordered.push(top.candidate)
        path.pop()
      } else if (!seen.has(next)) {
        seen.add(next)
        path.push({ candidate: next, left: requiredBy(next, chosen) })
      }
    }
  }
  return ordered
}

/** Last first: they are taken from the end. */
function requiredBy({ requires = [] }: Candidate, chosen: readonly Candidate[]): Candidate[] {
  const needed = chosen.filter((each) => requires.some((requirement) => meetsAny(each, requirement)))
  return needed.sort((a, b) => (a.name > b.name ? -1 : 1))
}

function meetsAny(candidate: Candidate, { or = [], ...first }: PackageRequirement): boolean {
  return [first, ...or].some((relation) => meets(candidate, relation))
}
