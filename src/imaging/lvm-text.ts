// LVM's metadata text -> nested values. Pure. (lvm2, lib/format_text: sections in braces, name = value, # to the end of the line.)

export type LvmValue = string | number | readonly LvmValue[] | LvmSection
export interface LvmSection {
  readonly [name: string]: LvmValue
}

const TOKEN = /#[^\n]*|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_.+/-]+)|([=[\]{},])/g

type Token = { readonly text: string } | { readonly word: string } | { readonly mark: string }

/** Sections and lists inside of each other; LVM's own have four levels. */
const DEEPEST = 32

/** undefined: it is not such a text. */
export function parseLvmText(text: string): LvmSection | undefined {
  const tokens = tokensOf(text)
  let at = 0
  let depth = 0
  const deeper = <T>(inner: () => T): T => {
    if (++depth > DEEPEST) throw new SyntaxError(`token ${at} is ${DEEPEST} levels deep`)
    const result = inner()
    depth--
    return result
  }
  const mark = (wanted: string): boolean => {
    const token = tokens[at]
    const isIt = token !== undefined && 'mark' in token && token.mark === wanted
    if (isIt) at++
    return isIt
  }

  function section(isInner: boolean): LvmSection {
    const entries: [string, LvmValue][] = []
    while (at < tokens.length && !(isInner && mark('}'))) {
      const name = tokens[at++]
      if (name === undefined || !('word' in name)) throw new SyntaxError(`token ${at} is not a name`)
      if (mark('{')) entries.push([name.word, deeper(() => section(true))])
      else if (mark('=')) entries.push([name.word, value()])
      else throw new SyntaxError(`${name.word} has neither a value nor a section`)
    }
    return Object.fromEntries(entries)
  }

  function value(): LvmValue {
    if (mark('[')) {
      const items: LvmValue[] = []
      while (!mark(']')) {
        if (at >= tokens.length) throw new SyntaxError('a list has no end')
        items.push(deeper(value))
        mark(',')
      }
      return items
    }
    const token = tokens[at++]
    if (token !== undefined && 'text' in token) return token.text
    if (token !== undefined && 'word' in token) return /^-?\d+$/.test(token.word) ? Number(token.word) : token.word
    throw new SyntaxError(`token ${at} is not a value`)
  }

  try {
    return section(false)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const [whole, quoted, word, mark] of text.matchAll(TOKEN)) {
    if (whole.startsWith('#')) continue
    if (word !== undefined) tokens.push({ word })
    else if (mark !== undefined) tokens.push({ mark })
    else tokens.push({ text: quoted ?? '' })
  }
  return tokens
}

export const isSection = (value: LvmValue | undefined): value is LvmSection =>
  typeof value === 'object' && !Array.isArray(value) && value !== null
