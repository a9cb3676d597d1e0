// What strace wrote of a process, as calls in the order in which they ended. Pure.
//   strace -f -y -xx -s … -e trace=… -o FILE

export interface Call {
  readonly name: string
  /** As strace prints them, between the brackets. */
  readonly words: string
  readonly result: string
  /** How many calls had ended when this one began: what a sync can count on. */
  readonly begunAfter: number
}

const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/
const WHOLE = /^(\d+) +(\w+)\((.*)$/

export function callsOf(trace: string): readonly Call[] {
  const calls: Call[] = []
  const begun = new Map<string, { readonly words: string; readonly after: number }>()
  for (const line of trace.split('\n')) {
    const [, beginner = '', , start = ''] = BEGUN.exec(line) ?? []
    if (beginner !== '') {
      begun.set(beginner, { words: start, after: calls.length })
      continue
    }
    const [, resumer = '', resumedName = '', rest = ''] = RESUMED.exec(line) ?? []
    const [, , wholeName = '', whole = ''] = WHOLE.exec(line) ?? []
    const before = begun.get(resumer)
    if (resumer !== '') begun.delete(resumer)
    const call = ended(resumedName || wholeName, resumer === '' ? whole : `${before?.words ?? ''}${rest}`)
    if (call !== undefined) calls.push({ ...call, begunAfter: before?.after ?? calls.length })
  }
  return calls
}

function ended(name: string, text: string): Omit<Call, 'begunAfter'> | undefined {
  // What is short is padded before the sign.
  const [, words, result = '?'] = /^(.*)\)\s+= (.*)$/s.exec(text) ?? []
  if (name === '' || words === undefined || result.startsWith('-1 ') || result.startsWith('?')) return undefined
  return { name, words, result }
}

const HEX = /\\x([0-9a-f]{2})/g

/** "\x61b" -> bytes; what is no such pair is itself. */
export function bytesOf(quoted: string): Buffer {
  return Buffer.from(
    quoted.replace(HEX, (_, pair: string) => String.fromCharCode(Number.parseInt(pair, 16))),
    'latin1',
  )
}

/** The text in the first quotes of a piece of words, and of all. */
export const textsIn = (words: string): readonly Buffer[] =>
  [...words.matchAll(/"([^"]*)"/g)].map(([, text = '']) => bytesOf(text))

/** 23</path> -> the path. */
export function pathOfFd(word: string): string | undefined {
  const [, path] = /<([^>]*)>/.exec(word) ?? []
  return path === undefined ? undefined : bytesOf(path).toString('utf8')
}
