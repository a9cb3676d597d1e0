// A set of nodes as people write it: rack5-n[01-40], n[1,3,5-7], class=web, tag:canary, @file, with commas between. Pure.
// Ranges are those of ClusterShell: a zero in front keeps the width, a slash gives the step.
import { AppError } from '../contract/errors.ts'

export type NodeTerm =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'class'; readonly name: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'file'; readonly path: string }

/** More is a slip of the finger: no appliance has so many. */
const MOST_NAMES = 10_000

/** Throws CLI_USAGE with what cannot be read. */
export function parseNodeSet(text: string): readonly NodeTerm[] {
  const terms = splitOutsideBrackets(text).flatMap((part) => termsOf(part.trim(), text))
  if (terms.length > MOST_NAMES) throw tooMany(text)
  return terms
}

/** One name and nothing else: a command does for it what it says, without a count. */
export function isOneName(text: string): boolean {
  const terms = parseNodeSet(text)
  return terms.length === 1 && terms[0]?.kind === 'name'
}

function termsOf(part: string, text: string): NodeTerm[] {
  const [, kind = '', value = ''] = /^(class=|tag:|@)(.*)$/s.exec(part) ?? []
  if (part === '' || (kind !== '' && value === '')) throw unreadable(text, `"${part}" names nothing`)
  if (kind === 'class=') return [{ kind: 'class', name: value }]
  if (kind === 'tag:') return [{ kind: 'tag', tag: value }]
  if (kind === '@') return [{ kind: 'file', path: value }]
  return expand(part, text).map((name) => ({ kind: 'name', name }))
}

function splitOutsideBrackets(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if (letter === '[') depth++
    if (letter === ']') depth--
    if (depth < 0 || depth > 1) throw unreadable(text, depth < 0 ? 'a ] without its [' : 'a [ within another')
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  if (depth > 0) throw unreadable(text, 'a [ without its ]')
  return parts
}

/** r[1-2]n[1-2] is r1n1, r1n2, r2n1, r2n2. */
function expand(pattern: string, text: string): string[] {
  const pieces = pattern.split(/\[([^\]]*)\]/)
  let names = ['']
  pieces.forEach((piece, index) => {
    const choices = index % 2 === 0 ? [piece] : piece.split(',').flatMap((range) => numbersOf(range.trim(), text))
    if (names.length * choices.length > MOST_NAMES) throw tooMany(text)
    names = names.flatMap((name) => choices.map((choice) => name + choice))
  })
  return names
}

function numbersOf(range: string, text: string): string[] {
  const [, first, last = first, stepText = '1'] = /^(\d{1,9})(?:-(\d{1,9})(?:\/(\d{1,9}))?)?$/.exec(range) ?? []
  if (first === undefined || last === undefined) throw unreadable(text, `"${range}" is no number and no range`)
  const [from, to, step] = [Number(first), Number(last), Number(stepText)]
  if (to < from) throw unreadable(text, `"${range}" ends before it begins`)
  if (step === 0) throw unreadable(text, `"${range}" has a step of 0`)
  const count = Math.floor((to - from) / step) + 1
  if (count > MOST_NAMES) throw tooMany(text)
  const width = first.startsWith('0') ? first.length : 0
  return Array.from({ length: count }, (_, index) => String(from + index * step).padStart(width, '0'))
}

const EXAMPLES = 'For example: rack5-n[01-40] or n[1,3,5-7] or class=web or tag:canary or @names.txt, with commas between.'

const unreadable = (text: string, why: string): AppError => new AppError('CLI_USAGE', `node set "${text}": ${why}`, EXAMPLES)
const tooMany = (text: string): AppError => unreadable(text, `more than ${MOST_NAMES} nodes`)
