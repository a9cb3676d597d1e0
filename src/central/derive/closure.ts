// What one site needs, nothing missing and nothing extra: from its functions and from the classes and rules that are for it. Pure.
//
//   site -> functions -> distribution profiles -> distributions -> images, packages, builds of the boot OS, profiles
//                     -> templates, files
//        -> classes -> functions, images, packages;   rules
//
// What travels is trimmed and pinned: a distribution profile has only the entries that can count there, a distribution names its images and
// builds by number. So an object that changes moves only those sites that it concerns, and a tag moves a site when its version is there.
import type { CentralFunction, Distribution, Site, WantedBootBuild } from '../../contract/central/objects.ts'
import type { NodeClass } from '../../contract/operator-api.ts'
import type { Architecture } from '../../contract/values.ts'
import type { Wanted, WantedImage } from '../../contract/wanted.ts'
import { entryFor } from '../../orchestrator/index.ts'
import { chooseDistribution } from './choose-distribution.ts'
import { type ClosureWithBodies, Found } from './found.ts'
import { type CentralCatalogue, type KnownBootBuild, type MachineKind, machineKinds, type Needed, neededFor } from './needs.ts'
import type { ObjectsNow, SharedRule } from './objects-now.ts'

export function closureOf(site: Site, objects: ObjectsNow, catalogue: CentralCatalogue): ClosureWithBodies {
  const found = new Found(catalogue)
  found.addBody('site', site.name, site, 'it is the site')
  const reached = new Reached()
  for (const { name } of site.functions ?? []) addFunction(name, site, objects, found, reached)
  addProfiles(objects, reached, found)
  for (const [name, use] of reached.distributions) addDistribution(name, use, site, objects, catalogue, found)
  for (const nodeClass of objects.classes) if (isFor(nodeClass, site)) addClass(nodeClass, site, catalogue, found)
  for (const rule of objects.rules) if (isFor(rule, site)) addRule(rule, found)
  addDefaultBuilds(site, catalogue, found)
  return found.result(site.name)
}

const isFor = ({ sites }: Pick<NodeClass, 'sites'>, { name }: Site): boolean =>
  sites === 'everywhere' || sites?.includes(name) === true

interface DistributionUse {
  readonly why: Set<string>
  readonly kinds: Map<string, MachineKind>
  /** Features that it has to provide, of one function at a time. */
  readonly functions: Map<string, CentralFunction>
}

class Reached {
  readonly distributions = new Map<string, DistributionUse>()
  /** By profile: its entries that can count, and whether its default can; with why. */
  readonly profiles = new Map<string, { readonly entries: Set<number>; isDefault: boolean; readonly why: Set<string> }>()
}

function addFunction(name: string, site: Site, objects: ObjectsNow, found: Found, { distributions, profiles }: Reached): void {
  const theFunction = objects.find('function', name)
  if (theFunction === undefined) {
    found.lack(`there is no function ${name}`)
    return
  }
  const why = `function ${name}`
  found.addBody('function', name, theFunction, `site ${site.name} supports it`)
  addTexts(theFunction, why, objects, found)
  const { architectures } = theFunction.needs ?? {}
  for (const kind of machineKinds(site, architectures === undefined ? {} : { architectures })) {
    const { choices } = chooseDistribution(name, { site, ...kind }, objects.list('distribution-profile'))
    if (choices.length === 0) found.lack(`function ${name}: no distribution profile speaks of it on ${kind.architecture}`)
    for (const { distribution, profile, entry } of choices) {
      const through = profiles.get(profile) ?? { entries: new Set(), isDefault: false, why: new Set() }
      profiles.set(profile, through)
      through.why.add(why)
      if (entry === undefined) through.isDefault = true
      else through.entries.add(entry)
      const use = distributions.get(distribution) ?? { why: new Set(), kinds: new Map(), functions: new Map() }
      distributions.set(distribution, use)
      use.why.add(`${why} by ${profile}`)
      use.kinds.set(JSON.stringify(kind), kind)
      use.functions.set(name, theFunction)
    }
  }
}

function addProfiles(objects: ObjectsNow, { profiles }: Reached, found: Found): void {
  for (const [name, { entries, isDefault, why }] of profiles) {
    const { default: distribution, entries: all = [], ...said } = objects.find('distribution-profile', name)!
    const kept = all.filter((_each, index) => entries.has(index))
    const body = {
      ...said,
      ...(kept.length === 0 ? {} : { entries: kept }),
      ...(isDefault ? { default: distribution } : {}),
    }
    found.addBody('distribution-profile', name, body, ...why)
  }
}

function addDistribution(
  name: string,
  { why, kinds, functions }: DistributionUse,
  site: Site,
  objects: ObjectsNow,
  catalogue: CentralCatalogue,
  found: Found,
): void {
  const distribution = objects.find('distribution', name)
  if (distribution === undefined) {
    found.lack(`there is no distribution ${name}, which ${[...why].join(' and ')} comes to`)
    return
  }
  const because = `distribution ${name}`
  const { images = [], packages, bootBuilds = [], profiles = [] } = distribution
  const on = [...kinds.values()]
  const needed = [...functions.values()].map((each) => {
    const wanted = wantedBy(each, distribution)
    const of = neededFor(wanted, on, catalogue)
    for (const { architecture, reason } of of.unmet) found.lack(`function ${each.name} on ${architecture}: ${reason}`)
    found.addSoftware(of, because)
    return of
  })
  const types = [...new Set(on.map(({ architecture }) => architecture))]
  const builds = bootBuilds.flatMap((entry) =>
    types.includes(entry.architecture) ? [[entry, buildOf(entry, catalogue)] as const] : [],
  )
  for (const [{ architecture }, build] of builds) {
    if (build === undefined) found.lack(`distribution ${name} names a build of the boot OS for ${architecture} that is not there`)
    else found.addBuild(build, because)
  }
  const built = profiles.filter((each) => site.builds?.includes(each))
  for (const each of built) found.addProfile(each, because)
  addTexts(distribution, because, objects, found)
  const body: Distribution = {
    ...withoutSoftware(distribution),
    ...(images.length === 0 ? {} : { images: [...pinned(images, types, needed)] }),
    ...(packages === undefined ? {} : { packages }),
    ...(builds.length === 0
      ? {}
      : {
          bootBuilds: builds.map(([{ architecture }, build]) => ({
            architecture,
            ...(build && { build: build.number, digest: build.digest }),
          })),
        }),
    ...(built.length === 0 ? {} : { profiles: built }),
  }
  found.addBody('distribution', name, body, ...why)
}

/** What a function comes to with a distribution, as a wish like any other. */
export function wantedBy({ provides }: CentralFunction, { images = [], packages }: Distribution): Wanted {
  return {
    ...(images.length === 0 ? {} : { runs: images }),
    ...(packages === undefined ? {} : { packages }),
    ...(provides === undefined ? {} : { features: provides }),
  }
}

function withoutSoftware({ images: _i, packages: _p, bootBuilds: _b, profiles: _f, ...rest }: Distribution): Distribution {
  return rest
}

/** An entry for each processor type, with the number that it means for all of its machines; where they differ, as it was said. */
function pinned(
  images: readonly WantedImage[],
  types: readonly Architecture[],
  needed: readonly Needed[],
): readonly WantedImage[] {
  return types.flatMap((architecture) => {
    const entry = entryFor(images, architecture)
    if (entry === undefined) return []
    const { tag: _tag, version: _version, ...said } = entry
    const numbers = new Set(needed.map(({ oneVersion }) => oneVersion.get(architecture)?.version))
    const [version] = numbers
    return [numbers.size === 1 && version !== undefined ? { ...said, architecture, version } : { ...entry, architecture }]
  })
}

/** By its digest, its number, or as the one in use of its kind; of a kind that has none in use, the newest. */
export function buildOf(
  { architecture, build, variant, digest }: WantedBootBuild,
  { bootBuilds }: Pick<CentralCatalogue, 'bootBuilds'>,
): KnownBootBuild | undefined {
  const there = bootBuilds.filter((each) => each.architecture === architecture)
  if (digest !== undefined) return there.find((each) => each.digest === digest)
  if (build !== undefined) return there.find(({ number }) => number === build)
  const ofKind = there.filter((each) => each.variant === variant)
  return ofKind.find(({ isInUse }) => isInUse) ?? ofKind.at(-1)
}

/** A site boots machines of a type for which no distribution names a build, too. */
function addDefaultBuilds(site: Site, catalogue: CentralCatalogue, found: Found): void {
  for (const architecture of new Set(machineKinds(site).map((kind) => kind.architecture))) {
    const build = found.hasBuild(architecture) ? undefined : buildOf({ architecture }, catalogue)
    if (build !== undefined) found.addBuild(build, `machines of type ${architecture} boot`)
  }
}

function addClass(nodeClass: NodeClass, site: Site, catalogue: CentralCatalogue, found: Found): void {
  const { sites, ...said } = nodeClass
  // What is for every site is for those that follow that site, too.
  const body = sites === 'everywhere' ? nodeClass : said
  const { name, selector, runs = [] } = body
  const because = `class ${name}`
  const { architecture, firmware, product } = selector
  const kinds = machineKinds(site, {
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(product === undefined ? {} : { model: product }),
  })
  const chosen = body.function?.name
  if (chosen !== undefined && site.functions?.some((each) => each.name === chosen) !== true)
    found.lack(`class ${name} is chosen for function ${chosen}, which site ${site.name} does not support`)
  const needed = neededFor(body, kinds, catalogue)
  for (const each of needed.unmet) found.lack(`class ${name} on ${each.architecture}: ${each.reason}`)
  found.addSoftware(needed, because)
  const types = [...new Set(kinds.map((each) => each.architecture))]
  const carried = runs.length === 0 ? body : { ...body, runs: [...pinned(runs, types, [needed])] }
  found.addBody('class', name, carried, sites === 'everywhere' ? 'it is for every site' : `it is for site ${site.name}`)
}

function addRule(rule: SharedRule, found: Found): void {
  const { sites, ...said } = rule
  found.addBody(
    'rule',
    rule.id,
    sites === 'everywhere' ? rule : said,
    sites === 'everywhere' ? 'it is for every site' : 'it is for this site',
  )
}

function addTexts(
  { templates = [], files = [] }: Pick<Distribution, 'templates' | 'files'>,
  why: string,
  objects: ObjectsNow,
  found: Found,
): void {
  for (const [kind, names] of [['template', templates] as const, ['file', files] as const])
    for (const name of names) {
      const text = objects.find(kind, name)
      if (text === undefined) found.lack(`${why} names the ${kind} ${name}, which is not there`)
      else found.addVersioned(kind, name, text, objects.versionOf(kind, name)!, why)
    }
}
