// What functions mean here: for the orchestrator, which asks for each machine, and for people, who ask why. From memory.
import type { FunctionExplanation } from '../contract/central/explain.ts'
import type { CentralFunction, Distribution, Site } from '../contract/central/objects.ts'
import type { ParameterValues } from '../contract/central/parameters.ts'
import { AppError } from '../contract/errors.ts'
import type { NodeView } from '../contract/operator-api.ts'
import type { Architecture } from '../contract/values.ts'
import type { FunctionWish } from '../contract/wanted.ts'
import type {
  FunctionDesk,
  FunctionFile,
  FunctionFiles,
  FunctionMachine,
  FunctionMeaning,
  FunctionNode,
} from '../orchestrator/index.ts'
import { chooseDistribution } from './derive/choose-distribution.ts'
import { buildOf, wantedBy } from './derive/closure.ts'
import { explainPlaces } from './derive/explain.ts'
import type { CentralCatalogue } from './derive/needs.ts'
import type { ObjectsNow } from './derive/objects-now.ts'
import { parametersOf, unmetNeeds } from './derive/parameters.ts'
import { functionFiles, onlyFunctionNaming, renderedFile } from './templates/function-files.ts'
import { namesFor } from './templates/names.ts'

interface FunctionsDeps {
  readonly changeCount: () => number
  /** Grows with each change of an object. */
  readonly objectChanges: () => number
  readonly objects: () => ObjectsNow
  readonly catalogue: () => CentralCatalogue
  /** What this appliance is to the central that it follows; undefined: it follows nobody. */
  readonly here: () => Site | undefined
}

export class Functions implements FunctionDesk {
  readonly #deps: FunctionsDeps

  constructor(deps: FunctionsDeps) {
    this.#deps = deps
  }

  changeCount(): number {
    return this.#deps.changeCount()
  }

  fileChangeCount(): number {
    return this.#deps.objectChanges()
  }

  meaningOf(wish: FunctionWish, machine: FunctionMachine): FunctionMeaning {
    const chosen = this.#choose(wish, machine)
    if (chosen.kind === 'refused') return chosen
    const { theFunction, distribution, profile } = chosen
    const build = this.#buildOf(distribution, machine.architecture)
    return {
      kind: 'means',
      wanted: { ...wantedBy(theFunction, distribution), ...(build === undefined ? {} : { bootOs: { build } }) },
      from: `function ${wish.name} (${distribution.name} by ${profile})`,
    }
  }

  filesOf(wish: FunctionWish, node: FunctionNode): FunctionFiles {
    const chosen = this.#choose(wish, node.inventory)
    if (chosen.kind === 'refused') return chosen
    const { theFunction, distribution } = chosen
    const site = this.#deps.here()
    const parameters = this.parameters(theFunction, site, wish.parameters)
    return functionFiles({ node, theFunction, distribution, site, parameters, objects: this.#deps.objects() })
  }

  filesNamed(names: readonly string[]): FunctionFiles {
    const objects = this.#deps.objects()
    const site = this.#deps.here()
    const files: FunctionFile[] = []
    for (const name of names) {
      const theFunction = onlyFunctionNaming(name, objects)
      const parameters = theFunction === undefined ? {} : this.parameters(theFunction, site)
      const fields = namesFor({ parameters, ...(theFunction && { theFunction }), ...(site && { site }) })
      const made = renderedFile('template', name, fields, objects) ?? renderedFile('file', name, fields, objects)
      if (made === undefined) return { kind: 'refused', reason: `there is no template and no file ${name}` }
      if (made.kind === 'refused') return made
      files.push(made.file)
    }
    return { kind: 'rendered', files }
  }

  refuse(wish: FunctionWish, machine?: FunctionMachine & { readonly name: string }): void {
    const refusal = this.#refusalOf(wish, machine)
    if (refusal === undefined) return
    const { code, message } = refusal
    const who = machine === undefined ? '' : `${machine.name}: `
    throw new AppError(code, `${who}${message}`, HINTS[code](wish.name))
  }

  /** Throws CENTRAL_OBJECT_NOT_FOUND. */
  explain(
    name: string,
    { siteName, node }: { readonly siteName?: string | undefined; readonly node?: NodeView },
  ): FunctionExplanation {
    const objects = this.#deps.objects()
    const theFunction = findFunction(objects, name)
    const site = siteName === undefined ? this.#deps.here() : findSite(objects, siteName)
    const machine = node === undefined ? undefined : machineOf(node)
    return {
      function: name,
      ...(site === undefined ? {} : { site: site.name }),
      ...(node === undefined ? {} : { node: node.name }),
      parameters: this.parameters(theFunction, site),
      places: explainPlaces(
        { theFunction, ...(site === undefined ? {} : { site }), ...(machine === undefined ? {} : { machine }) },
        objects,
        this.#deps.catalogue(),
      ).map((place) => withNeeds(place, theFunction, node)),
    }
  }

  /** As the site says them, over the defaults; without those that nobody said. */
  parameters(theFunction: CentralFunction, site: Site | undefined, said?: ParameterValues): ParameterValues {
    return parametersOf(theFunction, siteParameters(site, theFunction.name), said).values
  }

  #choose(wish: FunctionWish, machine: FunctionMachine): Chosen {
    const objects = this.#deps.objects()
    const refusal = this.#refusalOf(wish, machine)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal.message }
    const theFunction = objects.find('function', wish.name)!
    const site = this.#deps.here()
    const place = { architecture: machine.architecture, model: machine.smbios.product, ...(site === undefined ? {} : { site }) }
    const [choice] = chooseDistribution(wish.name, place, objects.list('distribution-profile')).choices
    if (choice === undefined) return { kind: 'refused', reason: `no distribution profile speaks of function ${wish.name} here` }
    const { distribution: name, profile } = choice
    const distribution = objects.find('distribution', name)
    if (distribution === undefined) return { kind: 'refused', reason: `there is no distribution ${name}, which ${profile} names` }
    return { kind: 'chosen', theFunction, distribution, profile }
  }

  /** The number that it has here. undefined: the distribution names none, or it is not here: then the machine boots the one in use. */
  #buildOf({ bootBuilds = [] }: Distribution, architecture: Architecture): number | undefined {
    const entry = bootBuilds.find((each) => each.architecture === architecture)
    return entry === undefined ? undefined : buildOf(entry, this.#deps.catalogue())?.number
  }

  #refusalOf({ name, parameters }: FunctionWish, machine: FunctionMachine | undefined): Refusal | undefined {
    const theFunction = this.#deps.objects().find('function', name)
    if (theFunction === undefined) return { code: 'CENTRAL_OBJECT_NOT_FOUND', message: `there is no function ${name}` }
    const site = this.#deps.here()
    if (site !== undefined && site.functions?.some((each) => each.name === name) !== true)
      return { code: 'FUNCTION_NOT_SUPPORTED', message: `site ${site.name} does not support function ${name}` }
    const [wrong] = parametersOf(theFunction, siteParameters(site, name), parameters).wrong
    if (wrong !== undefined) return { code: 'FUNCTION_PARAMETER_INVALID', message: `function ${name}: ${wrong}` }
    const unmet = machine === undefined ? [] : unmetNeeds(theFunction, machine)
    return unmet.length === 0 ? undefined : { code: 'FUNCTION_NEEDS_UNMET', message: `${unmet.join('; ')} (${name})` }
  }
}

type Chosen =
  | {
      readonly kind: 'chosen'
      readonly theFunction: CentralFunction
      readonly distribution: Distribution
      readonly profile: string
    }
  | { readonly kind: 'refused'; readonly reason: string }

type RefusalCode = 'CENTRAL_OBJECT_NOT_FOUND' | 'FUNCTION_NOT_SUPPORTED' | 'FUNCTION_PARAMETER_INVALID' | 'FUNCTION_NEEDS_UNMET'

interface Refusal {
  readonly code: RefusalCode
  readonly message: string
}

const HINTS: Readonly<Record<RefusalCode, (name: string) => string>> = {
  CENTRAL_OBJECT_NOT_FOUND: () => 'See what there is with `platen function list`.',
  FUNCTION_NOT_SUPPORTED: (name) => `At central add ${name} to the functions of the site.`,
  FUNCTION_PARAMETER_INVALID: (name) => `See its parameters with \`platen function show ${name}\`.`,
  FUNCTION_NEEDS_UNMET: (name) => `Choose another machine, or change \`needs\` of function ${name}.`,
}

const siteParameters = (site: Site | undefined, name: string): ParameterValues | undefined =>
  site?.functions?.find((each) => each.name === name)?.parameters

function withNeeds(
  place: FunctionExplanation['places'][number],
  theFunction: CentralFunction,
  node: NodeView | undefined,
): FunctionExplanation['places'][number] {
  const unmet = node === undefined ? [] : unmetNeeds(theFunction, node.inventory)
  return unmet.length === 0 ? place : { ...place, refused: unmet.join('; ') }
}

const machineOf = ({ inventory: { architecture, firmware, smbios } }: NodeView) => ({
  architecture,
  firmware,
  model: smbios.product ?? '',
})

export function findFunction(objects: ObjectsNow, name: string): CentralFunction {
  const found = objects.find('function', name)
  if (found !== undefined) return found
  throw new AppError('CENTRAL_OBJECT_NOT_FOUND', `there is no function ${name}`, HINTS.CENTRAL_OBJECT_NOT_FOUND(name))
}

export function findSite(objects: ObjectsNow, name: string): Site {
  const found = objects.find('site', name)
  if (found !== undefined) return found
  throw new AppError(
    'CENTRAL_OBJECT_NOT_FOUND',
    `there is no site ${name}`,
    'See what there is with `platen site-definition list`.',
  )
}
