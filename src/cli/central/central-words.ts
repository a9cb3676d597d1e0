// How commands speak of functions and sites. Pure.
import type { SitePlan } from '../../contract/central/closure.ts'
import type { ExplainedPlace, FunctionExplanation, RenderedFor } from '../../contract/central/explain.ts'
import type { ParameterValue } from '../../contract/central/parameters.ts'
import { usage } from '../arguments.ts'
import { formatBytes } from '../format.ts'
import { table } from '../table.ts'

/** NAME=VALUE: true, false and numbers are that, everything else is text. */
export function valueWords(command: string, option: string, words: readonly string[]): Record<string, ParameterValue> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw usage(command, `--${option} is NAME=VALUE, not "${word}"`)
      return [word.slice(0, at), valueIn(word.slice(at + 1))]
    }),
  )
}

function valueIn(text: string): ParameterValue {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** What is said of a rendered template beside its text. */
export function differenceLines({ node, to, onNode, difference }: RenderedFor): readonly string[] {
  if (node === undefined || difference === undefined) return []
  const since = onNode === undefined ? '' : ` since ${onNode.at} (version ${onNode.version}, job ${onNode.jobId})`
  if (onNode === undefined) return [`${node}: no job put anything at ${to} yet`]
  if (difference.length === 0) return [`${node} has it at ${to}${since}`]
  return [`${node} has another text at ${to}${since}:`, ...difference]
}

export function explanationText({ function: name, site, node, parameters, places }: FunctionExplanation): string {
  const where = [...(site === undefined ? [] : [`site ${site}`]), ...(node === undefined ? [] : [`node ${node}`])].join(', ')
  const values = Object.entries(parameters).map(([key, value]) => `${key}=${String(value)}`)
  return [
    `function ${name}${where === '' ? '' : ` at ${where}`}`,
    ...(values.length === 0 ? [] : [`  parameters  ${values.join(' ')}`]),
    ...places.flatMap(placeLines),
  ].join('\n')
}

function placeLines({ architecture, model, considered, distribution, image, candidates, packages, refused }: ExplainedPlace) {
  const lost = (each: { readonly what: string; readonly lost?: string | undefined }) =>
    each.lost === undefined ? `taken   ${each.what}` : `not     ${each.what}: ${each.lost}`
  return [
    '',
    `on ${architecture}${model === undefined ? '' : `, ${model}`}`,
    ...considered.map((each) => `  ${lost(each)}`),
    ...(distribution === undefined ? [] : [`  distribution  ${distribution}`]),
    ...candidates.map((each) => `    ${lost(each)}`),
    ...(image === undefined ? [] : [`  image         ${image.name} version ${image.version}`]),
    ...(packages.length === 0 ? [] : [`  packages      ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`]),
    ...(refused === undefined ? [] : [`  refused       ${refused}`]),
  ]
}

export function planText({ site, revision, items, lacks, storedBytes, unsharedBytes }: SitePlan): string {
  const rows = items.map((each) => [
    each.kind,
    each.name,
    each.version === undefined ? '' : each.version.slice(0, 12),
    each.storedBytes === undefined ? '-' : formatBytes(each.storedBytes),
    each.why.join('; '),
  ])
  return [
    table([['KIND', 'NAME', 'VERSION', 'STORED', 'WHY'], ...rows], { right: [3] }),
    '',
    `site ${site}, revision ${revision.slice(0, 12)}: ${formatBytes(storedBytes)} for ${items.length} things` +
      (unsharedBytes > storedBytes ? ` (${formatBytes(unsharedBytes)} when they shared nothing)` : ''),
    ...lacks.map((each) => `lacks: ${each}`),
  ].join('\n')
}
