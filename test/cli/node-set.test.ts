import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOneName, parseNodeSet } from '../../src/cli/node-set.ts'
import { AppError } from '../../src/contract/errors.ts'

const namesIn = (text: string) => parseNodeSet(text).map((term) => (term.kind === 'name' ? term.name : term))

describe('a set of nodes', () => {
  it.each([
    { text: 'rack1-07', names: ['rack1-07'] },
    { text: 'rack5-n[08-11]', names: ['rack5-n08', 'rack5-n09', 'rack5-n10', 'rack5-n11'] },
    { text: 'n[1,3,5-7]', names: ['n1', 'n3', 'n5', 'n6', 'n7'] },
    { text: 'n[8-10]', names: ['n8', 'n9', 'n10'] },
    { text: 'n[098-101]', names: ['n098', 'n099', 'n100', 'n101'] },
    { text: 'n[0-10/4]', names: ['n0', 'n4', 'n8'] },
    { text: 'r[1-2]n[1-2]', names: ['r1n1', 'r1n2', 'r2n1', 'r2n2'] },
    { text: 'n[1-2]-mgmt', names: ['n1-mgmt', 'n2-mgmt'] },
    { text: 'a, b ,c', names: ['a', 'b', 'c'] },
    { text: 'n[1,2],m', names: ['n1', 'n2', 'm'] },
    { text: 'class=web', names: [{ kind: 'class', name: 'web' }] },
    { text: 'tag:canary,rack1-07', names: [{ kind: 'tag', tag: 'canary' }, 'rack1-07'] },
    { text: '@/tmp/names', names: [{ kind: 'file', path: '/tmp/names' }] },
    { text: '52:54:00:00:00:07', names: ['52:54:00:00:00:07'] },
  ])('$text', ({ text, names }) => {
    expect(namesIn(text)).toEqual(names)
  })

  it.each([
    { text: '', says: 'names nothing' },
    { text: 'a,,b', says: 'names nothing' },
    { text: 'class=', says: 'names nothing' },
    { text: 'n[1-3', says: 'without its ]' },
    { text: 'n1-3]', says: 'without its [' },
    { text: 'n[1-[2]]', says: 'within another' },
    { text: 'n[]', says: 'no number' },
    { text: 'n[a-c]', says: 'no number' },
    { text: 'n[5-1]', says: 'ends before it begins' },
    { text: 'n[1-5/0]', says: 'step of 0' },
    { text: 'n[1-999999999]', says: 'more than 10000 nodes' },
    { text: 'n[1-200]r[1-200]s[1-200]', says: 'more than 10000 nodes' },
    { text: 'n[1-9000],m[1-9000]', says: 'more than 10000 nodes' },
  ])('"$text" is refused: $says', ({ text, says }) => {
    expect(() => parseNodeSet(text)).toThrow(says)
  })

  it('is one name or not', () => {
    expect(['n1', 'n[1]', 'n[1-2]', 'class=web', 'n1,n2'].map(isOneName)).toEqual([true, true, false, false, false])
  })

  it('says so, whatever is written', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'n01-9[],/@=:tagclass ') }))
    fc.assert(
      fc.property(text, (any) => {
        try {
          expect(parseNodeSet(any).length).toBeLessThanOrEqual(10_000)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })

  it('of a range has each number once, in order, as wide as it was written', () => {
    const range = fc.tuple(fc.nat(5000), fc.nat(500), fc.integer({ min: 1, max: 9 }), fc.boolean())
    fc.assert(
      fc.property(range, ([from, more, step, wide]) => {
        const first = wide ? `0${from}` : String(from)
        const numbers = namesIn(`n[${first}-${from + more}/${step}]`).map((name) => String(name).slice(1))
        const wanted = Array.from({ length: Math.floor(more / step) + 1 }, (_, index) => from + index * step)
        expect(numbers.map(Number)).toEqual(wanted)
        if (wide) for (const number of numbers) expect(number.length).toBeGreaterThanOrEqual(first.length)
      }),
    )
  })
})
