// A selector in words: "tags web, architecture x64". Pure.
import type { NodeClassView } from '../app/api.ts'
import { bytes } from '../parts/format.ts'

const NAMES: Readonly<Record<string, string>> = {
  names: 'names',
  tags: 'tags',
  architecture: 'architecture',
  firmware: 'firmware',
  manufacturer: 'maker',
  product: 'model',
  locationPrefix: 'place begins with',
  minMemoryBytes: 'memory at least',
}

export function selectorWords(selector: NodeClassView['selector']): string {
  return Object.entries(selector)
    .map(([key, value]) => `${NAMES[key] ?? key} ${typeof value === 'number' ? bytes(value) : [value].flat().join(' and ')}`)
    .join(', ')
}
