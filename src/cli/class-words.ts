// How commands speak of node classes. Pure.
import type { ClassSelector, NodeClassView } from '../contract/operator-api.ts'
import { formatBytes } from './format.ts'
import { table } from './table.ts'

export function selectorText(selector: ClassSelector): string {
  const words = Object.entries(selector).map(([key, value]) => {
    if (key === 'minMemoryBytes') return `memory from ${formatBytes(Number(value))}`
    return `${key} ${[value].flat().join(', ')}`
  })
  return words.join('; ') || 'nothing'
}

export function describeClass({ name, title, selector, maxRunning, nodes }: NodeClassView): string {
  return table([
    ['class', name],
    ['title', title ?? '-'],
    ['selects', selectorText(selector)],
    ['at once', maxRunning === undefined ? 'any number of jobs' : `${maxRunning} jobs`],
    [`${nodes.length} nodes`, nodes.join(', ') || '-'],
  ])
}
