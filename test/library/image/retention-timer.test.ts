import { describe, expect, it } from 'vitest'
import type { ImageVersionView } from '../../../src/contract/image.ts'
import type { RetentionPolicy } from '../../../src/contract/image-care.ts'
import { policyOf, RetentionTimer } from '../../../src/library/image/retention-timer.ts'
import { SilentLog } from '../../fakes/silent-log.ts'
import { TestClock } from '../../fakes/test-clock.ts'

const HOUR_MS = 3_600_000

function timerOver(removed: readonly number[], policy: RetentionPolicy | undefined) {
  const asked: string[] = []
  const clock = new TestClock()
  const images = {
    list: () => ['web', 'db'].map((name) => ({ name, versions: [] as ImageVersionView[] })),
    prune: async (imageName: string, { keepLast }: RetentionPolicy) => {
      asked.push(`prune ${imageName} ${keepLast}`)
      return { imageName, removed: [...removed], kept: [] }
    },
    collect: async () => {
      asked.push('collect')
      return { keptChunks: 1, removedChunks: 1, freedBytes: 1 }
    },
  }
  const timer = new RetentionTimer({ images, policy, clock, log: new SilentLog() })
  timer.start()
  return { timer, clock, asked }
}

describe('the retention timer', () => {
  it('prunes every image an hour after the start and then once a day, and frees the space of what went', async () => {
    const { timer, clock, asked } = timerOver([1], policyOf({ keepLast: 3 }))
    clock.advance(HOUR_MS)
    await timer.stop()
    expect(asked).toEqual(['prune web 3', 'prune db 3', 'collect'])
  })

  it('frees nothing when nothing went', async () => {
    const { timer, clock, asked } = timerOver([], policyOf({ keepDays: 30 }))
    clock.advance(24 * HOUR_MS)
    await timer.stop()
    expect(asked).toEqual(['prune web 1', 'prune db 1'])
  })

  it('does nothing without a policy', async () => {
    const { timer, clock, asked } = timerOver([1], policyOf({}))
    clock.advance(999 * HOUR_MS)
    await timer.stop()
    expect(asked).toEqual([])
  })
})
