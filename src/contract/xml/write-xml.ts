// Writes XML of the kind that xml-tree.ts reads: elements with attributes, and either children or text. Pure.

export interface NewElement {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string>>
  /** undefined: the element has nothing inside. */
  readonly inside?: string | readonly NewElement[] | undefined
}

export function writeXml(root: NewElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${linesOf(root, '').join('\n')}\n`
}

/** An element with text in it; left out when there is no text to write. */
export function textElement(name: string, text: string | number | undefined): readonly NewElement[] {
  return text === undefined ? [] : [{ name, inside: String(text) }]
}

function linesOf({ name, attributes = {}, inside }: NewElement, indent: string): string[] {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  const head = `${indent}<${name}${words.join('')}`
  if (inside === undefined || inside.length === 0) return [`${head}/>`]
  if (typeof inside === 'string') return [`${head}>${escaped(inside)}</${name}>`]
  return [`${head}>`, ...inside.flatMap((child) => linesOf(child, `${indent}  `)), `${indent}</${name}>`]
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 cannot hold become spaces; line ends are written as references, or an attribute would lose them. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, ' ')
    .replace(/[&<>"]/g, (character) => ESCAPES[character]!)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
