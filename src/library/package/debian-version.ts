// Debian's order of versions (policy manual, 5.6.12): [epoch:]upstream[-revision]. Pure.

interface Parts {
  readonly epoch: number
  readonly upstream: string
  readonly revision: string
}

const EPOCH = /^[0-9]{1,9}$/
const UPSTREAM = /^[A-Za-z0-9.+~:-]+$/
const REVISION = /^[A-Za-z0-9.+~]+$/

/** What is wrong with it, as a sentence's end; undefined: nothing. */
export function debianVersionProblem(text: string): string | undefined {
  const { upstream, revision } = partsOf(text)
  const epoch = text.includes(':') ? text.slice(0, text.indexOf(':')) : '0'
  if (!EPOCH.test(epoch)) return `has the epoch "${epoch}", which is no number`
  if (!UPSTREAM.test(upstream)) return 'has nothing but signs that Debian does not take where the version stands'
  if (!/^[0-9]/.test(upstream)) return 'has to begin with a digit'
  if (text.includes('-') && !REVISION.test(revision)) return `has the revision "${revision}", which Debian does not take`
  return undefined
}

/** Negative: a is older. */
export function compareDebian(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)]
  return x.epoch - y.epoch || compareText(x.upstream, y.upstream) || compareText(x.revision, y.revision)
}

function partsOf(text: string): Parts {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const hyphen = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  }
}

/** By turns what is no digit, sign by sign, and what are digits, as a number. */
function compareText(a: string, b: string): number {
  const [x, y] = [piecesOf(a), piecesOf(b)]
  for (let at = 0; at < Math.max(x.length, y.length); at++) {
    const [p = '', q = ''] = [x[at], y[at]]
    const order = at % 2 === 0 ? compareSigns(p, q) : compareDigits(p, q)
    if (order !== 0) return order
  }
  return 0
}

/** "1.2~rc1" -> ["", "1", ".", "2", "~rc", "1"] */
const piecesOf = (text: string): string[] => text.split(/(\d+)/)

function compareSigns(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = weightOf(a[at]) - weightOf(b[at])
    if (order !== 0) return order
  }
  return 0
}

/** A tilde is before the end, the end before letters, letters before all other signs. */
function weightOf(sign: string | undefined): number {
  if (sign === '~') return -1
  if (sign === undefined) return 0
  const code = sign.charCodeAt(0)
  return /[A-Za-z]/.test(sign) ? code : code + 256
}

/** Without leading zeros the longer number is the larger one: no number is too long. */
function compareDigits(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (x.length !== y.length) return x.length - y.length
  return x === y ? 0 : x < y ? -1 : 1
}
