import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SetupAction } from '../../../src/contract/steps.ts'
import { setupPercent } from '../../../src/winpe-agent/steps/setup-progress.ts'

const MIB = 1024 ** 2
const file = (sizeBytes: number) => ({ path: 'x', digest: 'a'.repeat(64), sizeBytes })
const ACTIONS: SetupAction[] = [{ extract: file(75 * MIB) }, { script: file(1) }]

it.each([
  { name: 'nothing yet', at: [0, 0], want: 0 },
  { name: 'half of the archive', at: [0, 38 * MIB], want: 38 },
  { name: 'the script', at: [1, 0], want: 76 },
  { name: 'all', at: [2, 0], want: 100 },
])('$name', ({ at, want }) => {
  expect(setupPercent(ACTIONS, at[0]!, at[1])).toBe(want)
})

it('never goes back, and never leaves 0 to 100', () => {
  const action = fc.oneof(
    fc.nat(1e9).map((bytes): SetupAction => ({ extract: file(bytes) })),
    fc.constant<SetupAction>({ script: file(1) }),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 6 }), fc.nat(6), fc.nat(1e9), fc.nat(1e9), (actions, index, a, b) => {
      const [less, more] = [setupPercent(actions, index, Math.min(a, b)), setupPercent(actions, index, Math.max(a, b))]
      expect(less).toBeGreaterThanOrEqual(0)
      expect(more).toBeGreaterThanOrEqual(less)
      expect(setupPercent(actions, index + 1)).toBeGreaterThanOrEqual(more)
      expect(setupPercent(actions, index + 1)).toBeLessThanOrEqual(100)
    }),
  )
})
