// What each node should run and what is between that and what it has: from memory, computed once for each change of what it depends on.
import type { PackageRelation } from '../../contract/package.ts'
import type { FunctionWish, NodeWanted } from '../../contract/wanted.ts'
import type { NodeClasses } from '../node/classes.ts'
import type { NodeRecord } from '../node/record.ts'
import { type BootModel, bootedWords, type ChosenBoot, chooseBoot, compileBootModels, type KnownBuilds } from './boot-os.ts'
import { decideRepair, mustLook, type RepairFacts, targetOf } from './decide.ts'
import { exactly } from './deploy-request.ts'
import { type Difference, differenceOf } from './difference.ts'
import type { FunctionDesk, FunctionFiles } from './function-desk.ts'
import { type WantedFiles, WantedFilesDesk } from './function-files.ts'
import { mergeWanted, type NodeWants, type RolledOut, type Speakers } from './merge.ts'
import { ranOn } from './ran.ts'
import { type Catalogue, type Resolution, resolveWanted, type TargetMachine } from './resolve.ts'
import type { WantedVersion } from './wanted-version.ts'

interface WantedDeskDeps {
  readonly classes: Pick<NodeClasses, 'classesOf' | 'changeCount'>
  /** Versions and packages as they are now, and a number that grows with each change of them. */
  readonly catalogue: () => Catalogue & { readonly changeCount: number }
  /** A job names the node or runs on it, here or elsewhere. From memory, for each boot. */
  readonly isBusy: (node: NodeRecord) => boolean
  /** What a roll-out has brought to the node's turn, and a number that grows with each change of that. */
  readonly rollOutOf: (node: NodeRecord) => Speakers['rollOut']
  readonly rollOutChanges: () => number
  /** Left out: there are no functions. */
  readonly functions?: FunctionDesk | undefined
  readonly bootBuilds: KnownBuilds & { changeCount(): number }
  readonly bootModels: readonly BootModel[]
}

export interface Standing {
  readonly wants: NodeWants
  readonly resolution: Resolution
  readonly difference: Difference
  readonly boot: ChosenBoot
}

/** console left out: as the appliance has it. */
export interface BootOsOfNode {
  readonly build?: NonNullable<ChosenBoot['build']>
  readonly console?: readonly string[]
  readonly kernelArguments: readonly string[]
}

interface Computed {
  readonly node: NodeRecord
  readonly changes: number
  readonly standing: Standing
}

export class WantedDesk {
  readonly #deps: WantedDeskDeps
  readonly #computed = new Map<string, Computed>()
  readonly #files: WantedFilesDesk | undefined
  readonly #modelsOf: ReturnType<typeof compileBootModels>

  constructor(deps: WantedDeskDeps) {
    this.#deps = deps
    this.#files = deps.functions === undefined ? undefined : new WantedFilesDesk(deps.functions)
    this.#modelsOf = compileBootModels(deps.bootModels)
  }

  standingOf(node: NodeRecord): Standing {
    const catalogue = this.#deps.catalogue()
    const changes = this.changeCount()
    const known = this.#computed.get(node.id)
    if (known?.node === node && known.changes === changes) return known.standing
    const standing = this.#compute(node, catalogue)
    this.#computed.set(node.id, { node, changes, standing })
    return standing
  }

  /** Grows with each change of what a standing depends on beside its node. */
  changeCount(): number {
    const { classes, rollOutChanges, functions, bootBuilds, catalogue } = this.#deps
    const others = rollOutChanges() + (functions?.changeCount() ?? 0) + bootBuilds.changeCount()
    return classes.changeCount() + catalogue().changeCount + others
  }

  factsOf(node: NodeRecord): RepairFacts {
    const { wants, resolution, difference } = this.standingOf(node)
    return {
      state: node.state,
      enforce: wants.enforce.value,
      resolution,
      difference,
      isBusy: this.#deps.isBusy(node),
      hasRun: ranOn(node).length > 0 || node.present?.record === 'good',
      repairs: node.repairs,
    }
  }

  /** What it is to have beside that version; when that cannot be had, what was asked for, so that whoever posts it is told why. */
  packagesBeside(node: NodeRecord, { imageName, version }: WantedVersion, said?: RolledOut): readonly PackageRelation[] {
    const wants = this.#wantsOf(node, said === undefined ? this.#deps.rollOutOf(node) : { value: said, from: 'it' })
    const entry = { image: imageName, version }
    const at = { ...wants, runs: { value: [entry], from: 'it' } }
    const resolution = resolveWanted(at, machineOf(node), this.#deps.catalogue())
    return resolution.kind === 'resolved' ? resolution.packages.map(exactly) : (wants.packages?.value ?? [])
  }

  /** For each boot: whether it should end in the boot OS although no job is there yet. */
  mustLook(node: NodeRecord): boolean {
    return node.state === 'approved' && mustLook(this.factsOf(node))
  }

  /** What is to be made right when its system starts; undefined: nothing. */
  repairFor(node: NodeRecord): { readonly reason: string; readonly isForItsSystem: boolean } | undefined {
    if (node.state !== 'approved') return undefined
    const facts = this.factsOf(node)
    const decision = decideRepair({ ...facts, isBusy: false })
    if (facts.enforce !== 'at-boot' || decision.kind !== 'post') return undefined
    const isForItsSystem = facts.difference.kind === 'packages' && decision.repairs.count === 1
    return { reason: `it has ${facts.difference.words}`, isForItsSystem }
  }

  /** What the node is to do; undefined: nobody says it. */
  functionOf(node: NodeRecord): FunctionWish | undefined {
    return this.standingOf(node).wants.function?.value
  }

  /** Configuration files that it gets by its function, rendered now. */
  functionFilesOf(node: NodeRecord): FunctionFiles {
    const { function: chosen } = this.standingOf(node).wants
    if (chosen === undefined) return { kind: 'rendered', files: [] }
    if (chosen.refused !== undefined) return { kind: 'refused', reason: chosen.refused }
    return this.#deps.functions?.filesOf(chosen.value, node) ?? { kind: 'rendered', files: [] }
  }

  /** Which boot OS its next start gets, and with which words. */
  bootOsOf(node: NodeRecord): BootOsOfNode {
    const { resolution, wants, boot } = this.standingOf(node)
    const { kernelArguments, console } = wants.bootOs
    const ofImage = resolution.kind === 'resolved' ? resolution.kernelArguments : []
    return {
      ...(boot.build === undefined ? {} : { build: boot.build }),
      ...(console === undefined ? {} : { console: console.value }),
      kernelArguments: [...ofImage, ...(kernelArguments?.value ?? [])],
    }
  }

  /** In words, when it is not what it should be and somebody wants to be told. */
  driftOf(node: NodeRecord): { readonly target: string; readonly reason: string } | undefined {
    const { wants, resolution, difference } = this.standingOf(node)
    if (node.state !== 'approved' || wants.enforce.value === 'off') return undefined
    if (difference.kind !== 'image' && difference.kind !== 'packages' && difference.kind !== 'files') return undefined
    if (difference.kind === 'files') {
      const { value, from } = wants.function!
      return {
        target: difference.mark,
        reason: `of the files of function ${value.name}, which ${from} says, ${difference.words}`,
      }
    }
    const target = targetOf(resolution)
    const by = (difference.kind === 'image' ? wants.runs?.from : wants.packages?.from) ?? wants.features[0]?.from
    const has = difference.kind === 'image' ? `it runs ${difference.words}` : `of its packages ${difference.words}`
    return { target, reason: `${has}, ${by} should run ${target}` }
  }

  view(node: NodeRecord): NodeWanted {
    const { wants, resolution, difference } = this.standingOf(node)
    const { runs, packages, features, enforce, function: chosen } = wants
    const resolved = resolution.kind === 'resolved' ? resolution : undefined
    return {
      node: node.name,
      own: node.wanted ?? {},
      ...(chosen === undefined
        ? {}
        : { function: { name: chosen.value.name, from: chosen.from, ...(chosen.refused && { refused: chosen.refused }) } }),
      ...(runs === undefined ? {} : { runs: { entries: [...runs.value], from: runs.from } }),
      ...(packages === undefined ? {} : { packages: { entries: [...packages.value], from: packages.from } }),
      features: features.map(({ value, from }) => ({ name: value, from })),
      enforce,
      ...(resolved === undefined
        ? {}
        : {
            resolved: {
              ...(resolved.image && { image: { name: resolved.image.imageName, version: resolved.image.version } }),
              packages: resolved.packages.map(({ name, version }) => ({ name, version })),
            },
          }),
      bootOs: this.#bootOsView(node),
      candidates: resolution.kind === 'nothing' ? [] : [...resolution.candidates],
      ...(node.present === undefined ? {} : { present: node.present }),
      difference: {
        kind: difference.kind,
        words: difference.words,
        ...('bytes' in difference ? { bytes: difference.bytes } : {}),
      },
      standing: this.#standingWords(node),
    }
  }

  #bootOsView(node: NodeRecord): NodeWanted['bootOs'] {
    const { wants, boot } = this.standingOf(node)
    const { which, kernelArguments, console } = wants.bootOs
    return {
      ...(which === undefined ? {} : { which: { ...which.value, from: which.from } }),
      ...(kernelArguments === undefined
        ? {}
        : { kernelArguments: { words: [...kernelArguments.value], from: kernelArguments.from } }),
      ...(console === undefined ? {} : { console: { words: [...console.value], from: console.from } }),
      ...(boot.build === undefined ? {} : { nextBuild: boot.build.number }),
      next: boot.words,
      ...(node.booted === undefined ? {} : { booted: node.booted }),
      present: bootedWords(node.booted, node.inventory.architecture, this.#deps.bootBuilds),
    }
  }

  #standingWords(node: NodeRecord): string {
    const decision = decideRepair(this.factsOf(node))
    switch (decision.kind) {
      case 'leave':
        return `nothing happens by itself: ${decision.because}`
      case 'forget':
        return 'it is right again'
      case 'post':
        return `at its next boot a job brings ${decision.repairs.target} (attempt ${decision.repairs.count})`
      case 'hold':
        return `at its next boot it is held: ${decision.because}`
    }
  }

  #compute(node: NodeRecord, catalogue: Catalogue): Standing {
    const wants = this.#wantsOf(node, this.#deps.rollOutOf(node))
    const resolved = resolveWanted(wants, machineOf(node), catalogue)
    const boot = chooseBoot(wants.bootOs, node.inventory.architecture, this.#deps.bootBuilds)
    const files = this.#filesOf(wants, node)
    const resolution: Resolution =
      files.kind === 'refused' ? { kind: 'unmet', reason: files.reason, candidates: candidatesOf(resolved) } : resolved
    const wantedFiles = files.kind === 'refused' ? [] : files.files
    return { wants, resolution, difference: differenceOf(resolution, node, wantedFiles), boot }
  }

  #wantsOf(node: NodeRecord, rollOut: Speakers['rollOut']): NodeWants {
    const { functions, classes } = this.#deps
    return mergeWanted({
      node,
      classes: classes.classesOf(node),
      models: this.#modelsOf(node.inventory.smbios),
      ...(rollOut === undefined ? {} : { rollOut }),
      ...(functions === undefined ? {} : { meaningOf: (wish) => functions.meaningOf(wish, node.inventory) }),
    })
  }

  #filesOf({ function: chosen }: NodeWants, node: NodeRecord): WantedFiles {
    if (chosen === undefined || chosen.refused !== undefined) return { kind: 'files', files: [] }
    return this.#files?.of(chosen.value, node) ?? { kind: 'files', files: [] }
  }
}

const candidatesOf = (resolution: Resolution) => (resolution.kind === 'nothing' ? [] : resolution.candidates)

function machineOf({ inventory: { architecture, firmware, smbios } }: NodeRecord): TargetMachine {
  return { architecture, firmware, model: smbios.product }
}
