// Compares Debian package versions as dpkg does (deb-version(7)). Pure.

/** Negative when left is older, 0 when equal, positive when newer. */
export function compareVersions(left: string, right: string): number {
  const a = splitVersion(left)
  const b = splitVersion(right)
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision)
}

export type Relation = '<<' | '<=' | '=' | '>=' | '>>'

export function satisfies(version: string, relation: Relation, wanted: string): boolean {
  const order = compareVersions(version, wanted)
  switch (relation) {
    case '<<':
      return order < 0
    case '<=':
      return order <= 0
    case '=':
      return order === 0
    case '>=':
      return order >= 0
    case '>>':
      return order > 0
  }
}

function splitVersion(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? []
  const dash = rest.lastIndexOf('-')
  return dash === -1
    ? { epoch: Number(epoch), upstream: rest, revision: '' }
    : { epoch: Number(epoch), upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) }
}

/** Runs of non-digits and runs of digits in turn, until one differs. */
function compareParts(left: string, right: string): number {
  const a = left.match(/\D*\d*/g) ?? []
  const b = right.match(/\D*\d*/g) ?? []
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [textA, numberA] = splitRun(a[index] ?? '')
    const [textB, numberB] = splitRun(b[index] ?? '')
    const order = compareText(textA, textB) || numberA - numberB
    if (order !== 0) return order
  }
  return 0
}

function splitRun(run: string): [text: string, number: number] {
  const [, text = '', digits = ''] = /^(\D*)(\d*)$/.exec(run) ?? []
  return [text, Number(digits)]
}

function compareText(left: string, right: string): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = rank(left[index]) - rank(right[index])
    if (order !== 0) return order
  }
  return 0
}

/** "~" sorts before the end of the text, letters before everything else. */
function rank(character: string | undefined): number {
  if (character === '~') return -1
  if (character === undefined) return 0
  const code = character.charCodeAt(0)
  return /[A-Za-z]/.test(character) ? code : code + 256
}
