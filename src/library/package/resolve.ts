// What is wanted -> the versions that are installed, in order, or why there are none. Pure, and bounded: after so many tries it gives up.
//
// A search with a way back, over goals (something that has to be met) in the order in which they came up: what is wanted first, then what
// the chosen ones require. Each goal tries the newest version first, so of what is wanted first nothing newer could have been had.
// Always true of an answer: one version of each name, every requirement met, nothing that conflicts.
import type { ChosenPackage, Resolution, ResolveQuery } from '../../contract/package.ts'
import { becauseOf, type Goal, goalsOf } from './goal.ts'
import { inInstallOrder } from './install-order.ts'
import { type Candidate, clash, meets, nameOf, provisionMeets, Shelf, wordsOf } from './shelf.ts'

/** Far more than any set that a person wrote needs; some tenths of a second. */
export const MOST_TRIES = 10_000
/** Comparisons in all: a try among hundreds of packages with hundreds of requirements is a large one. */
const MOST_COMPARISONS = 20_000_000
const MOST_REASONS = 10

interface Frame {
  readonly goal: Goal
  readonly goals: readonly Goal[]
  readonly options: readonly Candidate[]
  readonly refused: string[]
  /** Names of taken packages that stand behind what was refused: going back to any other one would change nothing. */
  readonly blame: Set<string>
  next: number
  chosen: Candidate | undefined
}

export function resolve(query: ResolveQuery, catalogue: readonly Candidate[], mostTries = MOST_TRIES): Resolution {
  return new Search(query, new Shelf(catalogue, query), mostTries).run()
}

class Search {
  readonly #query: ResolveQuery
  readonly #shelf: Shelf
  readonly #mostTries: number
  readonly #chosen = new Map<string, { readonly candidate: Candidate; readonly goal: Goal }>()
  /** Why a version was not taken, the last time it was looked at. */
  readonly #lost = new Map<string, string>()
  readonly #deadEnds = new Set<string>()
  readonly #wants: readonly Goal[]
  /** By the words of a goal: many ask for the same. */
  readonly #options = new Map<string, readonly Candidate[]>()
  #tries = 0
  #comparisons = 0

  constructor(query: ResolveQuery, shelf: Shelf, mostTries: number) {
    this.#query = query
    this.#shelf = shelf
    this.#mostTries = mostTries
    const { packages, features = [] } = query
    this.#wants = [
      ...packages.map((want) => ({ words: wordsOf(want), by: undefined, anyOf: [want] })),
      ...features.map((feature) => ({ words: `feature ${feature}`, by: undefined, anyOf: [], feature })),
    ]
  }

  run(): Resolution {
    const stack: Frame[] = []
    let goals: readonly Goal[] | undefined = this.#wants
    for (;;) {
      this.#comparisons += goals.length
      const at: number = goals.findIndex((goal) => !this.#isMet(goal))
      if (at < 0) return this.#resolved()
      const goal: Goal = goals[at]!
      stack.push({
        goal,
        goals: goals.slice(at),
        options: this.#optionsFor(goal),
        refused: [],
        blame: this.#blameOf(goal),
        next: 0,
        chosen: undefined,
      })
      goals = this.#advance(stack)
      if (goals === undefined) return this.#refused(stack)
    }
  }

  /** The goals after the next option that can be taken, going back as far as needed; undefined: there is none, or no try is left. */
  #advance(stack: Frame[]): readonly Goal[] | undefined {
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      for (; frame.next < frame.options.length; ) {
        this.#tries++
        if (this.#hasGivenUp) return undefined
        const option = frame.options[frame.next++]!
        const reason = this.#against(option, frame)
        if (reason === undefined) {
          frame.chosen = option
          this.#chosen.set(option.name, { candidate: option, goal: frame.goal })
          return [...frame.goals, ...goalsOf(option), ...this.#displacedBy(option)]
        }
        this.#lose(frame, option, reason)
      }
      this.#goBack(stack, frame)
    }
    return undefined
  }

  /** To the last choice that the dead end has to do with; what was chosen after it is given up, and chosen anew. */
  #goBack(stack: Frame[], frame: Frame): void {
    const { blame } = frame
    const deadEnd = this.#deadEnd(frame)
    this.#deadEnds.add(deadEnd)
    stack.pop()
    for (let before = stack.at(-1); before?.chosen !== undefined; before = stack.at(-1)) {
      const { chosen } = before
      this.#chosen.delete(chosen.name)
      before.chosen = undefined
      if (blame.has(chosen.name)) {
        this.#lose(before, chosen, `with it: ${deadEnd}`)
        for (const name of blame) if (name !== chosen.name) before.blame.add(name)
        return
      }
      stack.pop()
    }
  }

  /** Who asks for the goal, and who took the place of what the image had for it. */
  #blameOf(goal: Goal): Set<string> {
    const displaced = this.#byImage(goal).filter((name) => this.#chosen.has(name))
    return new Set([...(goal.by === undefined ? [] : [goal.by.name]), ...displaced])
  }

  get #hasGivenUp(): boolean {
    return this.#tries > this.#mostTries || this.#comparisons > MOST_COMPARISONS
  }

  #lose(frame: Frame, option: Candidate, reason: string): void {
    this.#lost.set(nameOf(option), reason)
    if (frame.refused.length < MOST_REASONS) frame.refused.push(`${nameOf(option)} – ${reason}`)
  }

  #optionsFor({ words, anyOf, feature }: Goal): readonly Candidate[] {
    const known = this.#options.get(words)
    if (known !== undefined) return known
    const options = feature === undefined ? anyOf.flatMap((each) => this.#shelf.meeting(each)) : this.#shelf.withFeature(feature)
    const distinct = [...new Set(options)]
    this.#comparisons += distinct.length
    this.#options.set(words, distinct)
    return distinct
  }

  #isMet(goal: Goal): boolean {
    return this.#isMetByChosen(goal) || this.#byImage(goal).some((name) => !this.#chosen.has(name)) || this.#isLeftToImage(goal)
  }

  #isLeftToImage({ by, anyOf }: Goal): boolean {
    return by?.kind === 'deb' && !anyOf.some(({ name }) => this.#shelf.knows(name))
  }

  #isMetByChosen({ anyOf, feature }: Goal, more?: Candidate): boolean {
    if (feature !== undefined) return this.#isAnyChosen((each) => each.features?.includes(feature) === true, more)
    return anyOf.some((relation) => {
      const own = this.#chosen.get(relation.name)?.candidate
      if (own !== undefined && meets(own, relation)) return true
      if (more?.name === relation.name && meets(more, relation)) return true
      return !this.#shelf.isOnlyItself(relation.name) && this.#isAnyChosen((each) => meets(each, relation), more)
    })
  }

  #isAnyChosen(isIt: (candidate: Candidate) => boolean, more: Candidate | undefined): boolean {
    if (more !== undefined && isIt(more)) return true
    this.#comparisons += this.#chosen.size
    for (const { candidate } of this.#chosen.values()) if (isIt(candidate)) return true
    return false
  }

  /** Names by which the image itself meets it; a feature of the image has none. */
  #byImage({ anyOf, feature }: Goal): readonly string[] {
    const { provided = [], providedFeatures = [] } = this.#query
    if (feature !== undefined) return providedFeatures.includes(feature) ? [''] : []
    return provided.filter((each) => anyOf.some((relation) => provisionMeets(each, relation))).map(({ name }) => name)
  }

  /** Why the option cannot be taken now; undefined: it can. */
  #against(option: Candidate, { goals, blame }: Frame): string | undefined {
    const unfit = this.#shelf.unfit(option)
    if (unfit !== undefined) return unfit
    const other = this.#chosen.get(option.name)
    if (other !== undefined) {
      blame.add(option.name)
      return `${nameOf(other.candidate)} is taken already, because ${becauseOf(other.goal)}`
    }
    return this.#clashOf(option, blame) ?? this.#unmetBy(option, goals, blame) ?? this.#lackOf(option, blame)
  }

  #clashOf(option: Candidate, blame: Set<string>): string | undefined {
    for (const { candidate } of this.#chosen.values()) {
      const found = clash(option, candidate)
      if (found === undefined) continue
      blame.add(candidate.name)
      return found
    }
    for (const each of this.#query.provided ?? []) {
      const against = (option.conflicts ?? []).find((relation) => provisionMeets(each, relation))
      if (against !== undefined && each.name !== option.name)
        return `it conflicts with ${wordsOf(against)}, which the image brings`
    }
    return undefined
  }

  /** What asks for this very name in another version. */
  #unmetBy(option: Candidate, goals: readonly Goal[], blame: Set<string>): string | undefined {
    if (!this.#shelf.isOnlyItself(option.name)) return undefined
    const isAboutIt = ({ anyOf }: Goal) => anyOf.length > 0 && anyOf.every(({ name }) => name === option.name)
    const unmet = [...goals, ...goalsOf(option)].find((goal) => isAboutIt(goal) && !this.#isMetByChosen(goal, option))
    if (unmet === undefined) return undefined
    if (unmet.by !== undefined && unmet.by !== option) blame.add(unmet.by.name)
    return becauseOf(unmet)
  }

  /** The image's own package of that name is replaced: what that one met has to be met anew. */
  #displacedBy({ name }: Candidate): readonly Goal[] {
    if (this.#query.provided?.some((each) => each.name === name) !== true) return []
    const known = [...this.#wants, ...[...this.#chosen.values()].flatMap(({ candidate }) => goalsOf(candidate))]
    return known.filter((goal) => this.#byImage(goal).includes(name))
  }

  /** A requirement that nothing can meet, or only a version beside one that is taken. */
  #lackOf(option: Candidate, blame: Set<string>): string | undefined {
    for (const goal of goalsOf(option)) {
      if (this.#isMetByChosen(goal, option) || this.#isMet(goal)) continue
      const options = this.#optionsFor(goal).filter((each) => this.#shelf.unfit(each) === undefined)
      const free = options.filter(({ name }) => name !== option.name && !this.#chosen.has(name))
      if (free.length > 0) continue
      for (const { name } of options) if (this.#chosen.has(name)) blame.add(name)
      for (const { name } of goal.anyOf) if (this.#chosen.has(name)) blame.add(name)
      for (const name of this.#blameOf(goal)) if (name !== option.name) blame.add(name)
      const taken = goal.anyOf.flatMap(({ name }) => this.#chosen.get(name) ?? [])[0]
      if (taken !== undefined)
        return `it needs ${goal.words}, and ${nameOf(taken.candidate)} is taken, because ${becauseOf(taken.goal)}`
      return `it needs ${goal.words}: ${this.#whatThereIs(goal)}`
    }
    return undefined
  }

  #deadEnd(frame: Frame): string {
    const { goal, refused, options } = frame
    const who = goal.by === undefined ? `${goal.words} is wanted` : `${nameOf(goal.by)} needs ${goal.words}`
    return options.length === 0 ? `${who}: ${this.#whatThereIs(goal)}` : `${who}: ${refused.join('; ')}`
  }

  #whatThereIs({ anyOf, feature }: Goal): string {
    if (feature !== undefined) return 'no package here has this feature'
    const there = anyOf.flatMap(({ name }) => this.#shelf.named(name))
    if (there.length === 0) return `there is no package ${anyOf.map(({ name }) => name).join(' or ')} here`
    const shown = there.slice(0, MOST_REASONS).map((each) => {
      const unfit = this.#shelf.unfit(each)
      return unfit === undefined ? nameOf(each) : `${nameOf(each)} (${unfit})`
    })
    return `here ${there.length === 1 ? 'is' : 'are'} only ${shown.join(', ')}`
  }

  #resolved(): Resolution {
    const chosen = [...this.#chosen.values()].map(({ candidate }) => candidate)
    const packages = inInstallOrder(chosen).map((candidate): ChosenPackage => {
      const { name, version, digest, sizeBytes } = candidate
      return {
        name,
        version,
        digest,
        sizeBytes,
        because: becauseOf(this.#chosen.get(name)!.goal),
        passedOver: this.#newerThan(candidate),
      }
    })
    const left = chosen.flatMap(goalsOf).filter((goal) => !this.#isMetByChosen(goal) && this.#isLeftToImage(goal))
    return { kind: 'resolved', packages, leftToImage: [...new Set(left.map(becauseOf))].sort() }
  }

  #newerThan(candidate: Candidate): ChosenPackage['passedOver'] {
    const all = this.#shelf.named(candidate.name)
    const { goal } = this.#chosen.get(candidate.name)!
    return all.slice(0, all.indexOf(candidate)).map((each) => {
      const isAsked = goal.feature !== undefined || goal.anyOf.some((relation) => meets(each, relation))
      const reason = isAsked ? this.#lost.get(nameOf(each)) : `${becauseOf(goal)}, which it is not`
      return { version: each.version, reason: this.#shelf.unfit(each) ?? reason ?? becauseOf(goal) }
    })
  }

  #refused(stack: readonly Frame[]): Resolution {
    if (!this.#hasGivenUp)
      return { kind: 'refused', code: 'PACKAGES_CONFLICT', reasons: [...this.#deadEnds].slice(0, MOST_REASONS) }
    const names = [...new Set(stack.flatMap(({ options }) => options.map(({ name }) => name)))].slice(0, MOST_REASONS)
    const reasons = [`no set that fits was found within ${this.#mostTries} tries; say exact versions of ${names.join(', ')}`]
    return { kind: 'refused', code: 'PACKAGES_TOO_TANGLED', reasons }
  }
}
