// The two orders of versions and the language of ranges in each. Pure.
import semver from 'semver'
import type { VersionOrder } from '../../contract/package.ts'
import { compareDebian, debianVersionProblem } from './debian-version.ts'

/** Whether a version is within a range; of a range that cannot be read it says so when it is made. */
export type RangeTest = (version: string) => boolean
export type ParsedRange =
  | { readonly kind: 'range'; readonly holds: RangeTest }
  | { readonly kind: 'bad'; readonly reason: string }

interface Order {
  compare(a: string, b: string): number
  versionProblem(version: string): string | undefined
  parseRange(range: string): ParsedRange
}

const SEMVER: Order = {
  compare: (a, b) => semver.compare(a, b),
  versionProblem(version) {
    if (semver.valid(version) !== version) return 'is no version of semver.org, such as 1.4.2 or 2.0.0-rc.1'
    return undefined
  },
  parseRange(range) {
    const parsed = semver.validRange(range) === null ? undefined : new semver.Range(range)
    if (parsed === undefined) return { kind: 'bad', reason: `"${range}" is no range as npm writes them, such as ^1.2 or >=2 <3` }
    return { kind: 'range', holds: (version) => parsed.test(version) || range === version }
  },
}

const DEBIAN: Order = {
  compare: compareDebian,
  versionProblem: debianVersionProblem,
  parseRange(range) {
    const relations = range.split(',').map((each) => parseRelation(each.trim()))
    const bad = relations.find((each) => typeof each === 'string')
    if (typeof bad === 'string') return { kind: 'bad', reason: bad }
    const tests = relations.filter((each) => typeof each !== 'string')
    return { kind: 'range', holds: (version) => tests.every((holds) => holds(version)) }
  },
}

export const ORDERS: Readonly<Record<VersionOrder, Order>> = { semver: SEMVER, debian: DEBIAN }

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '<<': (order) => order < 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
  '>>': (order) => order > 0,
}

function parseRelation(text: string): RangeTest | string {
  if (text === '*') return () => true
  const [, operator = '', version = ''] = /^(<<|<=|<|=|>=|>>|>)?\s*(\S+)$/.exec(text) ?? []
  const problem = version === '' ? 'is empty' : debianVersionProblem(version)
  if (problem !== undefined) return `"${text}" is no relation as Debian writes them, such as >= 1.2: the version ${problem}`
  const holds = OPERATORS[operator === '' ? '=' : operator]!
  return (other) => holds(compareDebian(other, version))
}
