// What every RecordStore promises. `open` gives a store; `reopen` drops it without closing and opens what is on disk.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordStore } from '../../src/store/record-store.ts'

export interface SuiteRecord {
  readonly id: string
  readonly text: string
}

interface OpenedStore {
  readonly store: RecordStore<SuiteRecord>
  /** undefined: this implementation forgets. */
  readonly reopen: (() => Promise<RecordStore<SuiteRecord>>) | undefined
  /** Closes all that was opened, and takes its files away. */
  remove(): Promise<void>
}

export function recordStoreSuite(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    it('shows a change at once, and keeps it when the promise is kept', async () => {
      const { store, reopen, remove } = await open()
      const written = store.put({ id: 'a', text: '1' })
      expect(store.get('a')).toEqual({ id: 'a', text: '1' })
      await written
      const again = (await reopen?.()) ?? store
      expect(again.get('a')).toEqual({ id: 'a', text: '1' })
      expect(again.size).toBe(1)
      await remove()
    })

    it('removing what is not there changes nothing', async () => {
      const { store, remove } = await open()
      await store.remove('nobody')
      expect(store.size).toBe(0)
      await remove()
    })

    it('holds what a map would hold, whatever is put, removed and reopened', async () => {
      const id = fc.constantFrom('a', 'b', 'c', 'd')
      const action = fc.oneof(
        fc.record({ do: fc.constant('put' as const), id, text: fc.string({ unit: 'grapheme', maxLength: 30 }) }),
        fc.record({ do: fc.constant('remove' as const), id }),
        fc.record({ do: fc.constant('reopen' as const) }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
          const opened = await open()
          let { store } = opened
          const model = new Map<string, SuiteRecord>()
          let pending: Promise<void>[] = []
          for (const each of actions) {
            if (each.do === 'put') {
              model.set(each.id, { id: each.id, text: each.text })
              pending.push(store.put({ id: each.id, text: each.text }))
            } else if (each.do === 'remove') {
              model.delete(each.id)
              pending.push(store.remove(each.id))
            } else if (opened.reopen !== undefined) {
              await Promise.all(pending)
              pending = []
              store = await opened.reopen()
            }
          }
          await Promise.all(pending)
          expect(new Map([...store.values()].map((record) => [record.id, record]))).toEqual(model)
          await opened.remove()
        }),
        { numRuns: 20 },
      )
    })
  })
}
