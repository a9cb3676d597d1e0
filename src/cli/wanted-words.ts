// How commands speak of what nodes should run. Pure.
import type { BootOsWish } from '../contract/boot-build.ts'
import type { VersionFacts } from '../contract/image.ts'
import type { Enforce, Wanted, WantedImage } from '../contract/wanted.ts'
import { type OptionSpecs, usage, type Values } from './arguments.ts'
import { valueWords } from './central/central-words.ts'

export const WANTED_OPTIONS = {
  function: {
    type: 'string',
    value: 'NAME',
    description: 'What the machines are to do; image, packages and features follow from it.',
  },
  parameter: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    description: 'A parameter of the function; repeatable.',
  },
  image: {
    type: 'string',
    multiple: true,
    value: 'IMAGE',
    description:
      'What to run: NAME (the newest version that fits), NAME@VERSION or NAME:TAG; repeatable with a processor type in front, as in arm64=NAME.',
  },
  package: {
    type: 'string',
    multiple: true,
    value: 'PACKAGE',
    description: 'A package to have: NAME, or NAME@RANGE; repeatable.',
  },
  feature: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    description: 'What the image or a package has to provide; repeatable.',
  },
  enforce: {
    type: 'string',
    value: 'HOW',
    description: 'off, report, at-first-boot or at-boot: what happens when a machine has something else.',
  },
  'kernel-argument': {
    type: 'string',
    multiple: true,
    value: 'WORD',
    description: 'Added to the kernel command line of their boot OS; repeatable.',
  },
  'boot-build': { type: 'string', value: 'NUMBER', description: 'The build of the boot OS, by its number.' },
  'boot-variant': {
    type: 'string',
    value: 'NAME',
    description: 'The variant of the boot OS: whichever of its builds is in use.',
  },
  console: {
    type: 'string',
    multiple: true,
    value: 'CONSOLE',
    description:
      'A console of the boot OS, as ttyS1,115200, in the place of tty0 and ttyS0,115200; repeatable, the last is the main one.',
  },
} as const satisfies OptionSpecs

const ENFORCE: readonly Enforce[] = ['off', 'report', 'at-first-boot', 'at-boot']
const REFERENCE = /^(?:(x64|arm64)=)?([a-z0-9][a-z0-9._-]*)(?:@([1-9]\d{0,8})|:([a-z0-9][a-z0-9._-]*))?$/

export function wantedOf(command: string, values: Values<typeof WANTED_OPTIONS>): Wanted {
  const { image, package: packages, feature, enforce, 'kernel-argument': words, function: chosen, parameter } = values
  if (chosen === undefined && parameter.length > 0) throw usage(command, 'parameters are said with a --function')
  const how = ENFORCE.find((each) => each === enforce)
  if (enforce !== undefined && how === undefined) throw usage(command, `--enforce is ${ENFORCE.join(', ')}, not "${enforce}"`)
  const bootOs = bootOsOf(command, values)
  // With an image they are said of the nodes of its processor type.
  const more = words.length === 0 ? {} : { kernelArguments: [...words] }
  const parameters = parameter.length === 0 ? {} : { parameters: valueWords(command, 'parameter', parameter) }
  return {
    ...(chosen === undefined ? {} : { function: { name: chosen, ...parameters } }),
    ...(image.length === 0 ? {} : { runs: image.map((text) => ({ ...entryOf(command, text), ...more })) }),
    ...(Object.keys(bootOs).length === 0 ? {} : { bootOs }),
    ...(packages.length === 0 ? {} : { packages: packages.map(packageOf) }),
    ...(feature.length === 0 ? {} : { features: [...feature] }),
    ...(how === undefined ? {} : { enforce: how }),
  }
}

function bootOsOf(command: string, values: Values<typeof WANTED_OPTIONS>): BootOsWish {
  const { image, 'kernel-argument': words, 'boot-build': build, 'boot-variant': variant, console } = values
  if (build !== undefined && !/^[1-9]\d{0,8}$/.test(build)) throw usage(command, `--boot-build is a number, not "${build}"`)
  return {
    ...(build === undefined ? {} : { build: Number(build) }),
    ...(variant === undefined ? {} : { variant }),
    ...(image.length > 0 || words.length === 0 ? {} : { kernelArguments: [...words] }),
    ...(console.length === 0 ? {} : { console: [...console] }),
  }
}

function entryOf(command: string, text: string): WantedImage {
  const [, architecture, image, version, tag] = REFERENCE.exec(text) ?? []
  if (image === undefined)
    throw usage(command, `--image is NAME, NAME@VERSION or NAME:TAG, with x64= or arm64= in front or not; not "${text}"`)
  return {
    ...(architecture === undefined ? {} : { architecture: architecture as 'x64' | 'arm64' }),
    image,
    ...(version === undefined ? {} : { version: Number(version) }),
    ...(tag === undefined ? {} : { tag }),
  }
}

function packageOf(text: string): { name: string; range?: string } {
  const at = text.indexOf('@')
  return at < 0 ? { name: text } : { name: text.slice(0, at), range: text.slice(at + 1) }
}

export function entryText({ architecture, image, version, tag }: WantedImage): string {
  const which = version === undefined ? (tag === undefined ? 'the newest that fits' : `tagged ${tag}`) : `version ${version}`
  return `${architecture === undefined ? '' : `${architecture}: `}${image}, ${which}`
}

export const packageText = ({ name, range }: { readonly name: string; readonly range?: string }): string =>
  range === undefined ? name : `${name} ${range}`

export function startsOnText({ architecture, firmware, features }: VersionFacts): string {
  const where = [architecture ?? 'any processor', ...(firmware === undefined ? [] : [`by ${firmware.join(' or ')}`])]
  const offers = features === undefined || features.length === 0 ? '' : `; provides ${features.join(', ')}`
  return `starts on ${where.join(' ')}${offers}`
}

export function bootOsText({ build, variant, kernelArguments = [], console = [] }: BootOsWish): string {
  const which = build !== undefined ? [`build ${build}`] : variant !== undefined ? [`variant ${variant}`] : []
  const consoles = console.map((each) => `console=${each}`)
  return [...which, ...consoles, ...kernelArguments].join(' ')
}
