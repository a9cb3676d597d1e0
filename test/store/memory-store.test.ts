import { MemoryStore } from '../../src/store/memory-store.ts'
import { recordStoreSuite, type SuiteRecord } from '../suites/record-store-suite.ts'

recordStoreSuite('MemoryStore', async () => ({ store: new MemoryStore<SuiteRecord>(), reopen: undefined, async remove() {} }))
