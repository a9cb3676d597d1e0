// Which distribution a function means in a place: the entry with the highest priority whose conditions hold, else the default. Pure.
//
//   holds     all that it says is true there
//   open      nothing of it is false, but the place does not say the model (a site that did not name its machines)
//   fails     something of it is false: the reason says what
import type { DistributionCondition, DistributionProfile, Site } from '../../contract/central/objects.ts'
import type { Architecture } from '../../contract/values.ts'
import { matchesModel } from '../../library/index.ts'

export interface Place {
  /** Left out: an appliance that follows nobody. */
  readonly site?: Pick<Site, 'name' | 'tags' | 'ring'>
  readonly architecture: Architecture
  /** The product's name; undefined: the machine has none. ANY_MODEL: not known yet. */
  readonly model: string | undefined
}

/** No firmware names a product like this. */
export const ANY_MODEL = '*'

export interface Choice {
  readonly distribution: string
  readonly profile: string
  /** Its place among the entries of the profile; left out: it is the default. */
  readonly entry?: number
  readonly isOpen: boolean
}

export interface Considered {
  readonly what: string
  /** Left out: it is taken, or could be. */
  readonly lost?: string
}

export interface Chosen {
  /** One when it is certain; the open ones and the first that holds otherwise. None: nothing speaks of the function. */
  readonly choices: readonly Choice[]
  readonly considered: readonly Considered[]
}

export function chooseDistribution(functionName: string, place: Place, profiles: readonly DistributionProfile[]): Chosen {
  const choices: Choice[] = []
  const considered: Considered[] = []
  let taken: string | undefined
  for (const { profile, entry, index, what } of inOrder(functionName, profiles)) {
    const verdict = judge(entry.when ?? {}, place)
    const lost = taken === undefined ? verdict.reason : `${taken} comes first`
    if (lost !== undefined) {
      considered.push({ what, lost })
      continue
    }
    choices.push({ distribution: entry.distribution, profile: profile.name, entry: index, isOpen: verdict.kind === 'open' })
    considered.push({ what })
    if (verdict.kind === 'holds') taken = what
  }
  for (const { name, default: distribution } of byName(profiles)) {
    if (distribution === undefined) continue
    const what = `default of ${name}: ${distribution}`
    if (taken === undefined) {
      taken = what
      choices.push({ distribution, profile: name, isOpen: false })
      considered.push({ what })
    } else considered.push({ what, lost: `${taken} comes first` })
  }
  return { choices, considered }
}

/** The highest priority first; then by name of the profile and by the place in it. */
function inOrder(functionName: string, profiles: readonly DistributionProfile[]) {
  return byName(profiles)
    .flatMap((profile) =>
      (profile.entries ?? []).flatMap((entry, index) => {
        const what = `${profile.name}, entry ${index + 1}: ${entry.distribution}`
        return entry.function === functionName ? [{ profile, entry, index, what }] : []
      }),
    )
    .sort((a, b) => (b.entry.priority ?? 0) - (a.entry.priority ?? 0))
}

const byName = (profiles: readonly DistributionProfile[]) => [...profiles].sort((a, b) => (a.name < b.name ? -1 : 1))

type Verdict =
  | { readonly kind: 'holds' | 'open'; readonly reason?: undefined }
  | { readonly kind: 'fails'; readonly reason: string }

function judge({ architecture, model, siteTag, ring }: DistributionCondition, place: Place): Verdict {
  const { site } = place
  const fails = (reason: string): Verdict => ({ kind: 'fails', reason })
  if (architecture !== undefined && architecture !== place.architecture)
    return fails(`it is for ${architecture}, not ${place.architecture}`)
  if (siteTag !== undefined && site?.tags?.includes(siteTag) !== true)
    return fails(`${site === undefined ? 'this appliance is no site' : `${site.name} has no tag ${siteTag}`}`)
  if (ring !== undefined && site?.ring !== ring)
    return fails(site?.ring === undefined ? `it is for ring ${ring}` : `it is for ring ${ring}, ${site.name} is in ${site.ring}`)
  if (model === undefined) return { kind: 'holds' }
  if (place.model === ANY_MODEL) return { kind: 'open' }
  return matchesModel(model, place.model ?? '')
    ? { kind: 'holds' }
    : fails(`it is for ${model}, not ${place.model ?? 'a machine without a name'}`)
}
