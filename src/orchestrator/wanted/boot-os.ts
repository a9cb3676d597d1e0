// Which build of the boot OS a machine boots, with which words, and which it booted. Pure.
//
// Who says it: the node, else its classes, else the rules for its model in the settings; kernel arguments and console field by field.
// A build and a variant are one field: whoever says either of them first says both.
import type { BootedSystem, BootOsWish } from '../../contract/boot-build.ts'
import { AppError } from '../../contract/errors.ts'
import { textPattern } from '../../contract/text-pattern.ts'
import type { Architecture } from '../../contract/values.ts'
import type { BootBuildService } from '../../library/index.ts'

export type KnownBuilds = Pick<BootBuildService, 'get' | 'inUse'>
type Build = NonNullable<ReturnType<KnownBuilds['get']>>

/** from: "class web", as a sentence has it. */
interface Said<T> {
  readonly value: T
  readonly from: string
}

export interface BootOsWants {
  readonly which?: Said<{ readonly build?: number; readonly variant?: string }>
  readonly kernelArguments?: Said<readonly string[]>
  /** In their order; the last is the one that /dev/console is. */
  readonly console?: Said<readonly string[]>
}

/** What the settings say of a model; * stands for any text. */
export interface BootModel extends BootOsWish {
  readonly manufacturer?: string | undefined
  readonly product?: string | undefined
}

/** The rules that speak of a machine, in their order. */
export function compileBootModels(rules: readonly BootModel[]) {
  const compiled = rules.map(({ manufacturer, product, ...wish }) => ({
    said: { value: wish as BootOsWish, from: modelName({ manufacturer, product }) },
    isMade: manufacturer === undefined ? () => true : textPattern(manufacturer),
    isModel: product === undefined ? () => true : textPattern(product),
  }))
  return (smbios: { readonly manufacturer?: string; readonly product?: string }): readonly Said<BootOsWish>[] =>
    compiled.flatMap(({ said, isMade, isModel }) => (isMade(smbios.manufacturer) && isModel(smbios.product) ? [said] : []))
}

export function modelName({ manufacturer, product }: Pick<BootModel, 'manufacturer' | 'product'>): string {
  const named = [manufacturer, product].filter((each) => each !== undefined)
  return `the settings for ${named.length === 0 ? 'all models' : named.join(' ')}`
}

export interface ChosenBoot {
  /** Left out: none is built for this processor type. */
  readonly build?: Build
  readonly words: string
}

/** The first speaker that says a field says it. */
export function mergeBootOs(speakers: readonly Said<BootOsWish | undefined>[]): BootOsWants {
  const first = <T>(of: (wish: BootOsWish) => T | undefined): Said<T> | undefined => {
    for (const { value, from } of speakers) {
      const said = value === undefined ? undefined : of(value)
      if (said !== undefined) return { value: said, from }
    }
    return undefined
  }
  const which = first(({ build, variant }) =>
    build === undefined && variant === undefined
      ? undefined
      : { ...(build === undefined ? {} : { build }), ...(variant === undefined ? {} : { variant }) },
  )
  const kernelArguments = first((wish) => wish.kernelArguments)
  const console = first((wish) => wish.console)
  return {
    ...(which === undefined ? {} : { which }),
    ...(kernelArguments === undefined ? {} : { kernelArguments }),
    ...(console === undefined ? {} : { console }),
  }
}

/** A wish that cannot be met keeps no machine from starting: it gets the build in use, and the words say why. */
export function chooseBoot({ which }: BootOsWants, architecture: Architecture, builds: KnownBuilds): ChosenBoot {
  const inUse = builds.inUse(architecture)
  const asEver = inUse === undefined ? {} : { build: inUse }
  const named = inUse === undefined ? `there is no boot OS for ${architecture}` : `build ${inUse.number}, the one in use`
  if (which === undefined) return { ...asEver, words: named }
  const { build: number, variant } = which.value
  const wanted = number === undefined ? builds.inUse(architecture, variant) : builds.get(architecture, number)
  if (wanted === undefined) {
    const what = number === undefined ? `a build of the variant ${variant}` : `build ${number}`
    return { ...asEver, words: `${named}: ${which.from} wants ${what}, and there is none for ${architecture}` }
  }
  const of = wanted.variant === undefined ? '' : ` of the variant ${wanted.variant}`
  return { build: wanted, words: `build ${wanted.number}${of}, as ${which.from} says` }
}

/** As paths on the appliance, in the order in which they are loaded: later initrds lie over earlier ones. */
export function bootFilesOf({ architecture, number, artefacts }: Build) {
  const folder = `/boot-os/${architecture}/${number}`
  const names = ['initrd.img', 'variant.img', 'agent.img'].filter((name) => artefacts.some((each) => each.name === name))
  return { kernelPath: `${folder}/vmlinuz`, initrdPaths: names.map((name) => `${folder}/${name}`) }
}

/** What a machine booted, in words. The number comes from its kernel command line; what its system was made from it says itself. */
export function bootedWords(booted: BootedSystem | undefined, architecture: Architecture, builds: KnownBuilds): string {
  if (booted === undefined) return 'not told yet'
  const { build: number, recipe, variant } = booted
  if (number === undefined) return 'one that was started without a number'
  const build = builds.get(architecture, number)
  if (build === undefined) return `build ${number}, which is removed`
  if (recipe === undefined) return `build ${number}, which does not say what it was made from`
  const inputOf = (name: string) => build.inputs.find((each) => each.name === name)?.digest
  const isThat = inputOf('recipe') === recipe && inputOf('variant') === variant
  const of = build.variant === undefined ? '' : ` of the variant ${build.variant}`
  return isThat ? `build ${number}${of}` : `something else than build ${number}, which its command line names`
}

/** The first wish that names nothing that is there is refused when it is said. architectures: of the machines that it is for. */
export function refuseBootWish(
  who: string,
  wish: BootOsWish | undefined,
  architectures: readonly Architecture[],
  builds: KnownBuilds,
): void {
  if (wish === undefined) return
  const { build, variant } = wish
  if (build !== undefined && variant !== undefined)
    throw new AppError(
      'REQUEST_INVALID',
      `${who} names a build and a variant`,
      'Say one of them: a build is of one variant or of none.',
    )
  const hint = 'See `platen boot list`.'
  const where = architectures.join(' and ')
  if (build !== undefined && !architectures.some((each) => builds.get(each, build) !== undefined))
    throw new AppError('BOOT_BUILD_NOT_FOUND', `${who} cannot boot build ${build}: there is none for ${where}`, hint)
  if (variant !== undefined && !architectures.some((each) => builds.inUse(each, variant) !== undefined))
    throw new AppError('BOOT_BUILD_NOT_FOUND', `${who} cannot boot the variant ${variant}: there is none for ${where}`, hint)
}

/** Whether a wish keeps a build: it names it, or its variant while it is the one of that in use. */
export function wantsBuild(wish: BootOsWish | undefined, build: Pick<Build, 'number' | 'variant'>, isInUse: boolean): boolean {
  if (wish === undefined) return false
  return wish.build === build.number || (isInUse && build.variant !== undefined && wish.variant === build.variant)
}
