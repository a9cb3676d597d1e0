// How commands speak of node classes. Pure.
import type { ClassSelector, NodeClassView } from '../contract/operator-api.ts'
import { formatBytes } from './format.ts'
import { personaliseText } from './personalise-words.ts'
import { table } from './table.ts'
import { bootOsText, entryText, packageText } from './wanted-words.ts'

export function selectorText(selector: ClassSelector): string {
  const words = Object.entries(selector).map(([key, value]) => {
    if (key === 'minMemoryBytes') return `memory from ${formatBytes(Number(value))}`
    return `${key} ${[value].flat().join(', ')}`
  })
  return words.join('; ') || 'nothing'
}

function runsRows({ runs = [], means }: NodeClassView): readonly (readonly [string, string])[] {
  if (runs.length === 0) return [['should run', 'nobody said']]
  return runs.map((entry, index) => {
    const version = means[index]?.version
    return ['should run', `${entryText(entry)}: ${version === undefined ? 'there is none' : `version ${version}`}`]
  })
}

export function describeClass(view: NodeClassView): string {
  const { name, title, selector, maxRunning, personalise, nodes, behind } = view
  const { packages = [], features = [], enforce = 'report', bootOs } = view
  return table([
    ['class', name],
    ['title', title ?? '-'],
    ['selects', selectorText(selector)],
    ['at once', maxRunning === undefined ? 'any number of jobs' : `${maxRunning} jobs`],
    ['function', view.function?.name ?? '-'],
    ['at sites', view.sites === undefined ? '-' : [view.sites].flat().join(', ')],
    ...runsRows(view),
    ['packages', packages.map(packageText).join(', ') || '-'],
    ['features', features.join(', ') || '-'],
    ['enforced', enforce],
    ...(bootOs === undefined ? [] : [['boot OS', bootOsText(bootOs)]]),
    ['copies get', personalise === undefined ? 'what the profile of the image says' : personaliseText(personalise)],
    [`${nodes.length} nodes`, nodes.join(', ') || '-'],
    ...behind.map(({ node, runs }) => [`${node} is behind`, `runs ${runs}`]),
  ])
}
