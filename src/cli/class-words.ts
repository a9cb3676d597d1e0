// How commands speak of node classes. Pure.
import type { ClassSelector, NodeClassView } from '../contract/operator-api.ts'
import { formatBytes } from './format.ts'
import { personaliseText } from './personalise-words.ts'
import { table } from './table.ts'

export function selectorText(selector: ClassSelector): string {
  const words = Object.entries(selector).map(([key, value]) => {
    if (key === 'minMemoryBytes') return `memory from ${formatBytes(Number(value))}`
    return `${key} ${[value].flat().join(', ')}`
  })
  return words.join('; ') || 'nothing'
}

function runsText({ runs, wantedVersion }: NodeClassView): string {
  if (runs === undefined) return 'nobody said'
  const by = runs.tag === undefined ? '' : `, the one tagged ${runs.tag}`
  return wantedVersion === undefined ? `${runs.image}${by}: there is none` : `${runs.image} version ${wantedVersion}${by}`
}

export function describeClass(view: NodeClassView): string {
  const { name, title, selector, maxRunning, personalise, nodes, behind } = view
  return table([
    ['class', name],
    ['title', title ?? '-'],
    ['selects', selectorText(selector)],
    ['at once', maxRunning === undefined ? 'any number of jobs' : `${maxRunning} jobs`],
    ['should run', runsText(view)],
    ['copies get', personalise === undefined ? 'what the profile of the image says' : personaliseText(personalise)],
    [`${nodes.length} nodes`, nodes.join(', ') || '-'],
    ...behind.map(({ node, runs }) => [`${node} is behind`, `runs ${runs}`]),
  ])
}
