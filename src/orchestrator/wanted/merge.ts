// Who says what a node should run: itself, else its classes, else nobody; field by field. Pure.
import type { PackageRelation } from '../../contract/package.ts'
import type { Enforce, Wanted, WantedImage } from '../../contract/wanted.ts'

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
}

export interface Speakers {
  readonly node: {
    readonly name: string
    readonly wanted?: Wanted
    readonly askedFeatures?: readonly string[]
    readonly inventory?: { readonly features?: readonly string[] }
  }
  /** By name: the first that says a field says it. */
  readonly classes: readonly ({ readonly name: string } & Wanted)[]
  /** A roll-out that has come to the node: over what its class runs, never over what it says itself. */
  readonly rollOut?: Said<WantedImage>
}

export function mergeWanted({ node, classes, rollOut }: Speakers): NodeWants {
  const own: Said<Wanted> = { value: node.wanted ?? {}, from: `node ${node.name}` }
  const speakers = [own, ...classes.map((value) => ({ value, from: `class ${value.name}` }))]
  const first = <K extends keyof Wanted>(field: K): Said<NonNullable<Wanted[K]>> | undefined => {
    const speaker = speakers.find(({ value }) => value[field] !== undefined)
    return speaker === undefined ? undefined : { value: speaker.value[field]!, from: speaker.from }
  }
  const runs = own.value.runs === undefined && rollOut !== undefined ? listed(rollOut) : first('runs')
  const packages = first('packages')
  const features = first('features')
  const byItself = [...new Set([...(node.askedFeatures ?? []), ...(node.inventory?.features ?? [])])]
  const asked = byItself.map((value) => ({ value, from: 'the machine itself' }))
  const said = (features?.value ?? []).map((value) => ({ value, from: features!.from }))
  return {
    ...(runs === undefined ? {} : { runs }),
    ...(packages === undefined ? {} : { packages }),
    features: [...said, ...asked.filter(({ value }) => !said.some((each) => each.value === value))],
    enforce: first('enforce') ?? { value: 'report', from: 'nobody, so it is only told' },
  }
}

const listed = ({ value, from }: Said<WantedImage>): Said<readonly WantedImage[]> => ({ value: [value], from })
