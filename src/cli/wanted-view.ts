// How commands show what a node should run, how that came about, and what a move takes. Pure.
import type { MovePlan, NodeWanted } from '../contract/wanted.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'
import { bootOsText, entryText, packageText } from './wanted-words.ts'

type Rows = readonly (readonly [string, string])[]

/** Which version, and from where: for `node show` and `node set`. */
export function wantedRows({ runs, packages, features, enforce, bootOs, resolved, difference, standing }: NodeWanted): Rows {
  const image = resolved?.image
  const said = runs === undefined ? 'nobody said' : `${runs.entries.map(entryText).join('; ')} (${runs.from})`
  return [
    ['should run', image === undefined ? said : `${image.name} version ${image.version}, as ${runs?.from ?? 'the features say'}`],
    ...(packages === undefined
      ? []
      : [['packages', `${packages.entries.map(packageText).join(', ')} (${packages.from})`] as const]),
    ...(features.length === 0 ? [] : [['features', features.map(({ name, from }) => `${name} (${from})`).join(', ')] as const]),
    ['enforced', `${enforce.value} (${enforce.from})`],
    ['it has', difference.kind === 'none' ? difference.words : `${difference.words}${bytesText(difference.bytes)}`],
    ['next', standing],
    ['boot OS', `next ${bootOs.next}; booted ${bootOs.present}`],
  ]
}

export const describeWanted = (view: NodeWanted): string => table([['node', view.node], ...wantedRows(view)])

export function explainWanted(view: NodeWanted): string {
  const { runs, packages, resolved, candidates, present } = view
  const entries = (runs?.entries ?? []).map((entry) => [`${runs!.from} says`, entryText(entry)] as const)
  const wished = (packages?.entries ?? []).map((each) => [`${packages!.from} says`, `package ${packageText(each)}`] as const)
  const asked = view.features.map(({ name, from }) => [`${from} asks for`, `feature ${name}`] as const)
  const boot = bootRows(view)
  const judged = candidates.map(
    ({ what, lost }) => [`candidate ${what}`, lost === undefined ? 'is taken' : `lost: ${lost}`] as const,
  )
  const order = (resolved?.packages ?? []).map(({ name, version }) => ['with package', `${name} ${version}`] as const)
  const proved = present === undefined ? 'nothing yet' : `${present.record} record, said by the ${present.said} at ${present.at}`
  return table([
    ['node', view.node],
    ...entries,
    ...wished,
    ...asked,
    ...boot,
    ...judged,
    ...order,
    ['it proved', proved],
    ...wantedRows(view).filter(([key]) => key === 'it has' || key === 'enforced' || key === 'next' || key === 'boot OS'),
  ])
}

function bootRows({ bootOs: { which, kernelArguments, console } }: NodeWanted): Rows {
  const rows: (readonly [string, string])[] = []
  if (which !== undefined) rows.push([`${which.from} says`, `boot OS ${bootOsText(which)}`])
  if (console !== undefined) rows.push([`${console.from} says`, `boot OS console ${console.words.join(', ')}`])
  if (kernelArguments !== undefined)
    rows.push([`${kernelArguments.from} says`, `boot OS kernel arguments ${kernelArguments.words.join(' ')}`])
  return rows
}

export function describeMoves({ moves, bytes }: MovePlan): string {
  if (moves.length === 0) return 'No machine moves: all have it.'
  const rows = moves.map(({ node, from, to, packages = [], bytes: own }) => [
    node,
    from === undefined ? '-' : `${from.imageName} ${from.version}`,
    [`${to.imageName} ${to.version}`, ...packages.map(changeText)].join(', '),
    formatBytes(own),
  ])
  const sum = `${moves.length} ${moves.length === 1 ? 'machine moves' : 'machines move'}, at most ${formatBytes(bytes)} travel.`
  return `${table([['NODE', 'FROM', 'TO', 'DIFFERS BY'], ...rows], { right: [3] })}\n${sum}`
}

type PackageMove = NonNullable<MovePlan['moves'][number]['packages']>[number]
const changeText = ({ name, from, to }: PackageMove): string =>
  to === undefined ? `without ${name}` : from === undefined ? `with ${name} ${to}` : `${name} ${from} becomes ${to}`

const bytesText = (bytes: number | undefined): string => (bytes === undefined ? '' : ` (${formatBytes(bytes)} at most)`)
