// What a function, a class or anything else that wants software can come to on the machines of a site: each processor type, firmware and
// model that may be there is resolved as its own appliance will. Pure.
import type { Site } from '../../contract/central/objects.ts'
import type { Architecture, Firmware } from '../../contract/values.ts'
import type { Wanted } from '../../contract/wanted.ts'
import {
  type Catalogue,
  type NodeWants,
  type Resolution,
  type ResolvableVersion,
  resolveWanted,
} from '../../orchestrator/index.ts'
import { ANY_MODEL } from './choose-distribution.ts'

const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64']
const FIRMWARES: readonly Firmware[] = ['bios', 'uefi']

export interface MachineKind {
  readonly architecture: Architecture
  readonly firmware: Firmware
  /** ANY_MODEL: the site does not say. */
  readonly model: string
}

export type CentralVersion = ResolvableVersion & { readonly manifestDigest: string }

export interface CentralCatalogue extends Catalogue {
  readonly images: readonly { readonly name: string; readonly versions: readonly CentralVersion[] }[]
  /** undefined: there is none. */
  packageOf(name: string, version: string): { readonly digest: string; readonly sizeBytes: number } | undefined
  /** The revision in force; undefined: there is none. */
  profileOf(name: string): { readonly revision: string; readonly sizeBytes: number } | undefined
  /** The newest last. */
  readonly bootBuilds: readonly KnownBootBuild[]
}

export interface KnownBootBuild {
  readonly architecture: Architecture
  readonly number: number
  /** Made with additions of this name. */
  readonly variant?: string
  /** Whoever asks for its kind gets it. */
  readonly isInUse: boolean
  readonly digest: string
  readonly sizeBytes: number
}

export function machineKinds(
  site: Pick<Site, 'architectures' | 'models'>,
  only: { readonly architectures?: readonly Architecture[]; readonly firmware?: Firmware; readonly model?: string } = {},
): readonly MachineKind[] {
  const { architectures = ARCHITECTURES, models = [ANY_MODEL] } = site
  const types = architectures.filter((each: Architecture) => only.architectures?.includes(each) ?? true)
  const firmwares = only.firmware === undefined ? FIRMWARES : [only.firmware]
  const named = only.model === undefined ? models : [only.model]
  // The same machine by UEFI as well: an arm64 machine has nothing else.
  return types.flatMap((architecture) =>
    firmwares
      .filter((firmware) => architecture !== 'arm64' || firmware === 'uefi')
      .flatMap((firmware) => named.map((model) => ({ architecture, firmware, model }))),
  )
}

export interface NeededVersion {
  readonly image: string
  readonly version: number
}

export interface Needed {
  readonly images: readonly NeededVersion[]
  readonly packages: readonly { readonly name: string; readonly version: string }[]
  /** For each processor type the one version that all its machines get; left out: they differ by firmware or model, or there is none. */
  readonly oneVersion: ReadonlyMap<Architecture, NeededVersion>
  /** Processor types on which it cannot be had, and why. */
  readonly unmet: readonly { readonly architecture: Architecture; readonly reason: string }[]
}

export function neededFor(wanted: Wanted, kinds: readonly MachineKind[], catalogue: Catalogue): Needed {
  const resolved = kinds.map((kind) => ({ kind, resolution: resolutionOn(wanted, kind, catalogue) }))
  const hits = resolved.flatMap(({ kind, resolution }) => (resolution.kind === 'resolved' ? [{ kind, resolution }] : []))
  const images = hits.flatMap(({ resolution: { image } }) => (image === undefined ? [] : [versionOf(image)]))
  const architectures = [...new Set(kinds.map(({ architecture }) => architecture))]
  return {
    images: unique(images, ({ image, version }) => `${image} ${version}`),
    packages: unique(
      hits.flatMap(({ resolution }) => resolution.packages.map(({ name, version }) => ({ name, version }))),
      ({ name, version }) => `${name} ${version}`,
    ),
    oneVersion: new Map(
      architectures.flatMap((architecture) => {
        const there = hits.filter(({ kind }) => kind.architecture === architecture).map(({ resolution }) => resolution.image)
        const [first, ...others] = unique(
          there.flatMap((image) => (image === undefined ? [] : [versionOf(image)])),
          ({ image, version }) => `${image} ${version}`,
        )
        return first === undefined || others.length > 0 ? [] : [[architecture, first] as const]
      }),
    ),
    unmet: architectures.flatMap((architecture) => {
      const there = resolved.filter(({ kind }) => kind.architecture === architecture).map(({ resolution }) => resolution)
      const [first] = there
      return first?.kind === 'unmet' && there.every(({ kind }) => kind === 'unmet')
        ? [{ architecture, reason: first.reason }]
        : []
    }),
  }
}

const versionOf = ({ imageName, version }: { readonly imageName: string; readonly version: number }): NeededVersion => ({
  image: imageName,
  version,
})

export function resolutionOn({ runs, packages, features = [] }: Wanted, kind: MachineKind, catalogue: Catalogue): Resolution {
  const { architecture, firmware, model } = kind
  const from = 'it'
  const wants: NodeWants = {
    ...(runs === undefined || runs.length === 0 ? {} : { runs: { value: runs, from } }),
    ...(packages === undefined ? {} : { packages: { value: packages, from } }),
    features: features.map((value) => ({ value, from })),
    enforce: { value: 'report', from },
    bootOs: {},
  }
  return resolveWanted(wants, { architecture, firmware, model: model === ANY_MODEL ? undefined : model }, catalogue)
}

function unique<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(values.map((each) => [keyOf(each), each])).values()]
}
