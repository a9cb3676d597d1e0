import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { always, runLanes, windowsOf } from '../../../src/winpe-agent/imaging/lanes.ts'

/** Gives up its turn so often that lanes overtake each other. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

describe('lanes', () => {
  it('do every item once, however many are wanted from moment to moment, and no lane twice at a time', async () => {
    const wishes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 })
    const items = fc.array(fc.nat({ max: 7 }), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(items, wishes, async (pauses, wanted) => {
        const done: number[] = []
        const busy = new Set<number>()
        let asked = 0
        const count = { most: 4, wanted: () => wanted[asked++ % wanted.length]! }
        const work = async (item: number, lane: number) => {
          expect(busy.has(lane)).toBe(false)
          busy.add(lane)
          await turns(pauses[item]!)
          busy.delete(lane)
          done.push(item)
        }
        // At least one is wanted at the beginning, or nothing would ever be done.
        if (count.wanted() === 0) return
        asked = 0
        await runLanes(pauses.keys(), count, work)
        expect(done.sort((a, b) => a - b)).toEqual([...pauses.keys()])
      }),
    )
  })

  it('end all with the first failure, after the others have stopped', async () => {
    let running = 0
    const work = async (item: number) => {
      running++
      await turns(item)
      running--
      if (item === 3) throw new Error('the third')
    }
    await expect(runLanes([9, 8, 3, 7, 6, 5], always(2), work)).rejects.toThrow('the third')
    expect(running).toBe(0)
  })

  it('get windows that are the whole list', () => {
    const windows = [...windowsOf(['a', 'b', 'c', 'd', 'e'], 2)]
    expect(windows.map(({ first }) => first)).toEqual([0, 2, 4])
    expect(windows.flatMap(({ items }) => items)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})
