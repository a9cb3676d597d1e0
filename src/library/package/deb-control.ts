// The control data of a .deb (deb-control(5), Debian policy chapters 5 and 7) -> what a package says of itself. Pure.
import { Value } from 'typebox/value'
import { Package, type PackageProvision, type PackageRelation, type PackageRequirement } from '../../contract/package.ts'
import type { Architecture } from '../../contract/values.ts'
import { debianVersionProblem } from './debian-version.ts'

export type ReadControl =
  | { readonly kind: 'good'; readonly description: Package }
  /** As a sentence's end: "this .deb …". */
  | { readonly kind: 'bad'; readonly reason: string }

const ARCHITECTURES: Readonly<Record<string, Architecture[] | undefined>> = { amd64: ['x64'], arm64: ['arm64'] }
const MOST_TEXT = 10_000

export function readControl(text: string): ReadControl {
  const fields = fieldsOf(text)
  const field = (name: string): string => fields.get(name.toLowerCase()) ?? ''
  const lacking = ['Package', 'Version', 'Architecture'].find((name) => field(name) === '')
  if (lacking !== undefined) return bad(`names no ${lacking} in its control file`)
  const problem = debianVersionProblem(field('Version'))
  if (problem !== undefined) return bad(`has the version "${field('Version')}", which ${problem}`)
  const architectures = ARCHITECTURES[field('Architecture')]
  if (architectures === undefined && field('Architecture') !== 'all')
    return bad(`is for ${field('Architecture')}; machines here are amd64 or arm64`)

  const requires = [...listOf(field('Pre-Depends')), ...listOf(field('Depends'))].map(requirementOf)
  const conflicts = [...listOf(field('Conflicts')), ...listOf(field('Breaks'))].flatMap(alternativesOf)
  const provides = listOf(field('Provides')).flatMap(alternativesOf).map(provisionOf)
  const description: Package = {
    name: field('Package'),
    version: field('Version'),
    order: 'debian',
    ...(architectures === undefined ? {} : { architectures }),
    ...some('requires', requires),
    ...some('conflicts', conflicts),
    ...some('provides', provides),
    ...(field('Description') === '' ? {} : { description: field('Description').slice(0, MOST_TEXT) }),
    ...(field('Maintainer') === '' ? {} : { maintainer: field('Maintainer').slice(0, 500) }),
  }
  if (Value.Check(Package, description)) return { kind: 'good', description }
  const first = Value.Errors(Package, description)[0]
  return bad(`says of itself what cannot be: ${first?.instancePath.slice(1).replaceAll('/', '.')} ${first?.message}`)
}

const bad = (reason: string): ReadControl => ({ kind: 'bad', reason })

const some = <K extends string, T>(key: K, list: readonly T[]) => (list.length === 0 ? {} : ({ [key]: list } as Record<K, T[]>))

/** One paragraph; a line that begins with a space continues the field before. The first of equal names counts. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let name = ''
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      if (fields.size > 0) break
      continue
    }
    if (line.startsWith('#')) continue
    if (/^[ \t]/.test(line)) {
      const more = line.trim() === '.' ? '' : line.trim()
      if (name !== '') fields.set(name, `${fields.get(name)}\n${more}`)
      continue
    }
    const colon = line.indexOf(':')
    name = colon < 1 ? '' : line.slice(0, colon).trim().toLowerCase()
    if (name !== '' && fields.has(name)) name = ''
    if (name !== '') fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

const listOf = (field: string): string[] =>
  field
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')

/** "a (>= 1) | b:any" -> relations, without the architecture that a name may carry. */
function alternativesOf(text: string): PackageRelation[] {
  return text.split('|').map((each) => {
    const [, name = '', operator, version] =
      /^\s*([^\s:(]+)(?::\S+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?/.exec(each) ?? []
    return { name, ...(operator === undefined ? {} : { range: `${ranged(operator)} ${version}` }) }
  })
}

/** The old signs mean "or equal" (policy 7.1). */
const ranged = (operator: string): string => (operator === '<' ? '<=' : operator === '>' ? '>=' : operator)

function requirementOf(text: string): PackageRequirement {
  const [first, ...or] = alternativesOf(text)
  return { ...first!, ...(or.length === 0 ? {} : { or }) }
}

const provisionOf = ({ name, range }: PackageRelation): PackageProvision => ({
  name,
  ...(range === undefined ? {} : { version: range.replace(/^\S+\s+/, '') }),
})
