// The table of maps and the proof matrix speak of the same filesystems.
import { expect, it } from 'vitest'
import { PROVEN_MAPS } from '../../../src/imaging/filesystems/proven-maps.ts'
import { FILESYSTEM_CASES } from '../../suites/filesystem-cases.ts'

it('has cases for every filesystem that is taken by map, and no others', () => {
  const proven = new Set(FILESYSTEM_CASES.filter(({ whole }) => whole !== true).map(({ variant }) => variant))
  expect([...proven].sort()).toEqual(Object.keys(PROVEN_MAPS).sort())
})

it('has a case of every kind among those of each run of the tests', () => {
  const kinds = (cases: typeof FILESYSTEM_CASES) => [...new Set(cases.map(({ content }) => content))].sort()
  expect(kinds(FILESYSTEM_CASES.filter(({ short }) => short === true))).toEqual(
    kinds(FILESYSTEM_CASES.filter(({ whole }) => whole !== true)),
  )
})
