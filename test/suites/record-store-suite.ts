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

    it('several changes are one: seen at once, in their order, on disk together', async () => {
      const { store, reopen, remove } = await open()
      await store.put({ id: 'gone', text: '1' })
      const written = store.write([{ put: { id: 'kept', text: '1' } }, { remove: 'gone' }, { put: { id: 'kept', text: '2' } }])
      expect([store.get('kept')?.text, store.get('gone')]).toEqual(['2', undefined])
      await written
      const again = (await reopen?.()) ?? store
      expect([again.get('kept')?.text, again.get('gone')]).toEqual(['2', undefined])
      await remove()
    })

    it('changes of one record are kept in the order of the calls, though nobody waited between them', async () => {
      const { store, reopen, remove } = await open()
      const texts = Array.from({ length: 50 }, (_, n) => String(n))
      await Promise.all(texts.map((text) => store.put({ id: 'a', text })))
      expect(((await reopen?.()) ?? store).get('a')?.text).toBe('49')
      await remove()
    })

    it('tells every change in its order, what is one in one call, and nothing that changed nothing', async () => {
      const { store, remove } = await open()
      const told: object[] = []
      const unwatch = store.watch((changes) => {
        told.push(changes)
        // Readers see it by then.
        for (const change of changes) if ('put' in change) expect(store.get(change.put.id)).toBeDefined()
      })
      const [a, b] = [
        { id: 'a', text: '1' },
        { id: 'b', text: '1' },
      ]
      await Promise.all([store.put(a), store.remove('nobody'), store.write([{ put: b }, { remove: 'a' }])])
      unwatch()
      await store.remove('b')
      expect(told).toEqual([[{ put: a }], [{ put: b }, { remove: 'a' }]])
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
