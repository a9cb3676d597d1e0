// How a function comes to software, in words: which entry counted and why the others did not, which versions that means. Pure.
import type { ExplainedPlace } from '../../contract/central/explain.ts'
import type { CentralFunction, Site } from '../../contract/central/objects.ts'
import type { Architecture, Firmware } from '../../contract/values.ts'
import type { Resolution } from '../../orchestrator/index.ts'
import { ANY_MODEL, type Chosen, chooseDistribution } from './choose-distribution.ts'
import { wantedBy } from './closure.ts'
import { type CentralCatalogue, machineKinds, resolutionOn } from './needs.ts'
import type { ObjectsNow } from './objects-now.ts'

interface Explained {
  readonly theFunction: CentralFunction
  readonly site?: Site
  /** Left out: each kind of machine that the site may have. */
  readonly machine?: { readonly architecture: Architecture; readonly firmware: Firmware; readonly model: string }
}

export function explainPlaces({ theFunction, site, machine }: Explained, objects: ObjectsNow, catalogue: CentralCatalogue) {
  const { architectures } = theFunction.needs ?? {}
  const kinds = machine === undefined ? machineKinds(site ?? {}, architectures === undefined ? {} : { architectures }) : [machine]
  // One firmware speaks for both: where they differ, a node is asked for.
  const shown = kinds.filter(
    ({ architecture, model }, at) => at === kinds.findIndex((each) => each.architecture === architecture && each.model === model),
  )
  return shown.map((kind): ExplainedPlace => {
    const chosen = chooseDistribution(
      theFunction.name,
      { ...kind, ...(site === undefined ? {} : { site }) },
      objects.list('distribution-profile'),
    )
    const { architecture, model } = kind
    return {
      architecture,
      ...(model === ANY_MODEL || model === '' ? {} : { model }),
      considered: [...chosen.considered],
      ...softwareOf(theFunction, chosen, kind, objects, catalogue),
    }
  })
}

function softwareOf(
  theFunction: CentralFunction,
  { choices }: Chosen,
  kind: Parameters<typeof resolutionOn>[1],
  objects: ObjectsNow,
  catalogue: CentralCatalogue,
): Pick<ExplainedPlace, 'distribution' | 'image' | 'candidates' | 'packages' | 'refused'> {
  const [first] = choices
  const none = { candidates: [], packages: [] }
  if (first === undefined) return { ...none, refused: `no distribution profile speaks of function ${theFunction.name} here` }
  if (first.isOpen) return { ...none, refused: 'it depends on the model: say a --node, or give the site its models' }
  const { distribution: name } = first
  const distribution = objects.find('distribution', name)
  if (distribution === undefined) return { ...none, distribution: name, refused: `there is no distribution ${name}` }
  return { distribution: name, ...resolved(resolutionOn(wantedBy(theFunction, distribution), kind, catalogue)) }
}

function resolved(resolution: Resolution): Pick<ExplainedPlace, 'image' | 'candidates' | 'packages' | 'refused'> {
  switch (resolution.kind) {
    case 'nothing':
      return { candidates: [], packages: [], refused: 'the distribution names neither an image nor packages' }
    case 'unmet':
      return { candidates: [...resolution.candidates], packages: [], refused: resolution.reason }
    case 'resolved': {
      const { image, packages, candidates } = resolution
      return {
        ...(image === undefined ? {} : { image: { name: image.imageName, version: image.version } }),
        candidates: [...candidates],
        packages: packages.map(({ name, version }) => ({ name, version })),
      }
    }
  }
}
