// What the boot commands share: which boot OS, and how builds are told. Pure.
import type { BootBuildSummary, BootBuildView } from '../contract/boot-build.ts'
import type { Architecture } from '../contract/values.ts'
import { type OptionSpecs, usage, type Values } from './arguments.ts'
import { formatAgo, formatBytes } from './format.ts'
import { table } from './table.ts'

export const ARCHITECTURE_OPTION = {
  architecture: { type: 'string', value: 'NAME', description: 'x64 or arm64. Default: x64.' },
} as const satisfies OptionSpecs

export function architectureOf(name: string, { architecture = 'x64' }: Values<typeof ARCHITECTURE_OPTION>): Architecture {
  if (architecture === 'x64' || architecture === 'arm64') return architecture
  throw usage(name, `--architecture takes x64 or arm64, not "${architecture}"`)
}

export function numberOf(name: string, word = ''): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word)
  throw usage(name, `${name} takes the number of a build, not "${word}"`)
}

export function describeBuilds(builds: readonly BootBuildSummary[]): string {
  if (builds.length === 0) return 'No boot OS: no machine can boot until `platen boot build` has made one.'
  const rows = builds.map(({ architecture, number, variant, builtAt, sizeBytes, isInUse, wantedBy }) => [
    `${number}`,
    architecture,
    variant ?? '-',
    formatAgo(builtAt, Date.now()),
    formatBytes(sizeBytes),
    isInUse ? 'in use' : '-',
    wantedBy.join('; ') || '-',
  ])
  return table([['BUILD', 'FOR', 'VARIANT', 'BUILT', 'SIZE', 'STATE', 'WANTED'], ...rows], { right: [0, 4] })
}

type Told = Pick<BootBuildView, 'architecture' | 'number' | 'variant' | 'builtAt' | 'artefacts' | 'inputs' | 'isInUse'>

export function describeBuild({ architecture, number, variant, builtAt, artefacts, inputs, isInUse }: Told): string {
  const files = artefacts.map(({ name, sizeBytes, digest }) => [name, formatBytes(sizeBytes), digest])
  const total = artefacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const what = variant === undefined ? 'boot OS' : `boot OS, variant ${variant},`
  return [
    `${what} for ${architecture}, build ${number}, built at ${builtAt}, ${isInUse ? 'in use' : 'not in use'}`,
    '',
    table([['FILE', 'SIZE', 'SHA-256'], ...files, ['together', formatBytes(total), '']], { right: [1] }),
    '',
    table([['MADE FROM', 'VERSION', 'SHA-256'], ...inputs.map(({ name, version, digest }) => [name, version, digest])]),
  ].join('\n')
}
