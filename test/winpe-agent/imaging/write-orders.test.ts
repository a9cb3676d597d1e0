import { expect, it } from 'vitest'
import { DifferenceLuck } from '../../../src/winpe-agent/imaging/write-orders.ts'

const after = (answers: readonly boolean[]): boolean => {
  const luck = new DifferenceLuck()
  for (const isDifference of answers) luck.note(isDifference)
  return luck.isGood
}

it.each([
  ['nobody was asked yet', [], true],
  ['the first answers are whole chunks', new Array(7).fill(false), true],
  ['all of eight were whole chunks', new Array(8).fill(false), false],
  ['a quarter helped', [true, true, ...new Array(6).fill(false)], true],
  ['less than a quarter helped', [true, ...new Array(9).fill(false)], false],
])('whether to ask for differences when %s', (_name, answers, isGood) => {
  expect(after(answers)).toBe(isGood)
})
