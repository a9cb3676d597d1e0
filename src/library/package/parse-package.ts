// The text of a package.yaml -> a package, or every mistake in it with its line. Pure.
import { Package, type PackageRelation } from '../../contract/package.ts'
import { type Mistake, type ParsedYaml, parseYaml, staysInside } from '../files/parse-yaml.ts'
import { ORDERS } from './version-order.ts'

export const PACKAGE_FILE = 'package.yaml'

export function parsePackage(text: string): ParsedYaml<Package> {
  return parseYaml(text, Package, findMistakes)
}

/** A place in package.yaml that speaks of a file, so that a missing one can be told with its line. */
export interface FilePlace {
  readonly file: string
  readonly path: readonly (string | number)[]
}

const SCRIPTS = ['install', 'remove', 'verify'] as const

/** Every file of the package, in the order of the text. */
export function filesOf(description: Package): readonly FilePlace[] {
  const files = (description.files ?? []).map(({ file }, index) => ({ file, path: ['files', index, 'file'] as const }))
  const scripts = SCRIPTS.flatMap((key) => {
    const file = description[key]
    return file === undefined ? [] : [{ file, path: [key] as const }]
  })
  return [...files, ...scripts]
}

function findMistakes(description: Package): readonly Mistake[] {
  const { version, order = 'semver', requires = [], conflicts = [], files = [] } = description
  const mistakes: Mistake[] = []
  const problem = ORDERS[order].versionProblem(version)
  if (problem !== undefined) mistakes.push([['version'], `${version} ${problem} (order: ${order})`])
  for (const [index, { or = [], ...first }] of requires.entries()) {
    mistakes.push(...rangeMistakes(first, ['requires', index, 'range']))
    for (const [place, other] of or.entries()) mistakes.push(...rangeMistakes(other, ['requires', index, 'or', place, 'range']))
  }
  for (const [index, relation] of conflicts.entries()) mistakes.push(...rangeMistakes(relation, ['conflicts', index, 'range']))
  const targets = files.map(({ to }) => to)
  for (const [index, to] of targets.entries()) {
    if (to === undefined) continue
    if (to.split('/').includes('..')) mistakes.push([['files', index, 'to'], `${to} leads out of the image`])
    if (to.endsWith('/')) mistakes.push([['files', index, 'to'], `${to} is a folder: say the whole path of the file`])
    if (targets.indexOf(to) !== index) mistakes.push([['files', index, 'to'], `a file before it goes to ${to}`])
  }
  for (const { file, path } of filesOf(description))
    if (!staysInside(file)) mistakes.push([path, `${file} leads out of the folder of the package`])
  return mistakes
}

/** In which order the other package counts is not known here: one of them has to understand it. */
function rangeMistakes({ range }: PackageRelation, path: Mistake[0]): readonly Mistake[] {
  if (range === undefined) return []
  const read = [ORDERS.semver.parseRange(range), ORDERS.debian.parseRange(range)]
  const bad = read.flatMap((each) => (each.kind === 'bad' ? [each.reason] : []))
  return bad.length < read.length ? [] : [[path, bad.join('; ')]]
}
