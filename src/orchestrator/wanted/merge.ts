// Who says what a node should run: itself, else its classes, else nobody; field by field. Pure.
import type { BootOsWish } from '../../contract/boot-build.ts'
import type { PackageRelation } from '../../contract/package.ts'
import type { Enforce, FunctionWish, Wanted, WantedImage } from '../../contract/wanted.ts'
import { type BootOsWants, mergeBootOs } from './boot-os.ts'
import type { FunctionMeaning } from './function-desk.ts'

/** from: "node rack1-07", "class web", as a sentence has it. */
export interface Said<T> {
  readonly value: T
  readonly from: string
}

export interface NodeWants {
  readonly runs?: Said<readonly WantedImage[]>
  readonly packages?: Said<readonly PackageRelation[]>
  /** Of the node or its class, and what the machine itself asked for when it said hello. */
  readonly features: readonly Said<string>[]
  readonly enforce: Said<Enforce>
  /** What it is to do; refused: why it cannot here, and then it can have nothing. */
  readonly function?: Said<FunctionWish> & { readonly refused?: string }
  readonly bootOs: BootOsWants
}

export type RolledOut = Pick<Wanted, 'runs' | 'packages'>

export interface Speakers {
  readonly node: {
    readonly name: string
    readonly wanted?: Wanted
    readonly askedFeatures?: readonly string[]
    readonly inventory?: { readonly features?: readonly string[] }
  }
  /** By name: the first that says a field says it. */
  readonly classes: readonly ({ readonly name: string } & Wanted)[]
  /** A roll-out that has come to the node: over what its class runs and has, never over what it says itself. */
  readonly rollOut?: Said<RolledOut>
  /** What the settings say of its model, the first rule first. */
  readonly models?: readonly Said<BootOsWish>[]
  /** What a function means for this machine. Left out: there are no functions. */
  readonly meaningOf?: (wish: FunctionWish) => FunctionMeaning
}

/** What a function comes to counts right after who says the function; packages and features are added to those that are said. */
export function mergeWanted({ node, classes, rollOut, models = [], meaningOf = noFunction }: Speakers): NodeWants {
  const own: Said<Wanted> = { value: node.wanted ?? {}, from: `node ${node.name}` }
  const people = [own, ...classes.map((value): Said<Wanted> => ({ value, from: `class ${value.name}` }))]
  const at = people.findIndex(({ value }) => value.function !== undefined)
  const wish = people[at]?.value.function
  const meaning = wish === undefined ? undefined : meaningOf(wish)
  const meant = meaning?.kind === 'means' ? [{ value: meaning.wanted, from: `${meaning.from} of ${people[at]!.from}` }] : []
  const speakers = [...people.slice(0, at + 1), ...meant, ...people.slice(at + 1)]
  const first = <K extends keyof Wanted>(field: K): Said<NonNullable<Wanted[K]>> | undefined => {
    const speaker = speakers.find(({ value }) => value[field] !== undefined)
    return speaker === undefined ? undefined : { value: speaker.value[field]!, from: speaker.from }
  }
  const ownRuns = own.value.runs ?? (at === 0 ? meant[0]?.value.runs : undefined)
  const runs = (ownRuns === undefined ? rolled('runs', rollOut) : undefined) ?? first('runs')
  const rolledPackages = own.value.packages === undefined ? rolled('packages', rollOut) : undefined
  const packages = added(
    rolledPackages,
    withMeant('packages', ({ name }) => name, people, meant),
    ({ name }) => name,
  )
  const features = withMeant('features', (name) => name, people, meant)
  const byItself = [...new Set([...(node.askedFeatures ?? []), ...(node.inventory?.features ?? [])])]
  const asked = byItself.map((value) => ({ value, from: 'the machine itself' }))
  const said = (features?.value ?? []).map((value) => ({ value, from: features!.from }))
  return {
    ...(wish === undefined
      ? {}
      : {
          function: {
            value: wish,
            from: people[at]!.from,
            ...(meaning?.kind === 'refused' ? { refused: meaning.reason } : {}),
          },
        }),
    ...(runs === undefined ? {} : { runs }),
    ...(packages === undefined ? {} : { packages }),
    features: [...said, ...asked.filter(({ value }) => !said.some((each) => each.value === value))],
    bootOs: mergeBootOs([...speakers.map(({ value, from }) => ({ value: value.bootOs, from })), ...models]),
    enforce: first('enforce') ?? { value: 'report', from: 'nobody, so it is only told' },
  }
}

/** What people say first, and what the function adds to it. */
function withMeant<K extends 'packages' | 'features'>(
  field: K,
  keyOf: (each: NonNullable<Wanted[K]>[number]) => string,
  people: readonly Said<Wanted>[],
  meant: readonly Said<Wanted>[],
): Said<NonNullable<Wanted[K]>> | undefined {
  type Each = NonNullable<Wanted[K]>[number]
  const speaking = [people.find(({ value }) => value[field] !== undefined), ...meant].filter(
    (each) => each?.value[field] !== undefined,
  ) as readonly Said<Wanted>[]
  if (speaking.length === 0) return undefined
  const byKey = new Map<string, Each>()
  for (const { value } of speaking)
    for (const each of value[field] as Each[]) if (!byKey.has(keyOf(each))) byKey.set(keyOf(each), each)
  return { value: [...byKey.values()] as NonNullable<Wanted[K]>, from: speaking.map(({ from }) => from).join(' and ') }
}

const noFunction = ({ name }: FunctionWish): FunctionMeaning => ({ kind: 'refused', reason: `there is no function ${name}` })

function rolled<K extends keyof RolledOut>(field: K, rollOut: Speakers['rollOut']): Said<NonNullable<RolledOut[K]>> | undefined {
  const value = rollOut?.value[field]
  return value === undefined ? undefined : { value, from: rollOut!.from }
}

/** The first, and what the second says of others. */
function added<T>(
  first: Said<readonly T[]> | undefined,
  second: Said<readonly T[]> | undefined,
  keyOf: (each: T) => string,
): Said<readonly T[]> | undefined {
  if (first === undefined || second === undefined) return first ?? second
  const others = second.value.filter((each) => !first.value.some((one) => keyOf(one) === keyOf(each)))
  return { value: [...first.value, ...others], from: `${first.from} and ${second.from}` }
}
