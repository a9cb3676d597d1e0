import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Damage } from '../../src/store/journal.ts'
import { openLowdbStore } from '../../src/store/lowdb-store.ts'
import type { RecordStore } from '../../src/store/record-store.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { StateFolder } from '../fakes/state-folder.ts'
import { recordStoreSuite, type SuiteRecord } from '../suites/record-store-suite.ts'

const log = new SilentLog()
const opened: RecordStore<SuiteRecord>[] = []

async function open(folder: string, compactBytes = 200): Promise<RecordStore<SuiteRecord>> {
  const store = await openLowdbStore<SuiteRecord>({ folder, name: 'things', compactBytes }, log)
  opened.push(store)
  return store
}

afterAll(async () => {
  for (const store of opened) await store.close()
})

/** The store goes on in its old folder; the next one sees what stands on disk at this instant, as after kill -9. */
recordStoreSuite('LowdbStore', async () => {
  const folders = [new StateFolder()]
  const store = await open(folders[0]!.path)
  const reopen = (): Promise<RecordStore<SuiteRecord>> => {
    const next = new StateFolder()
    cpSync(folders.at(-1)!.path, next.path, { recursive: true })
    folders.push(next)
    return open(next.path)
  }
  const remove = async (): Promise<void> => {
    for (const folder of folders) folder[Symbol.dispose]()
  }
  return { store, reopen, remove }
})

async function fill(store: RecordStore<SuiteRecord>, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await store.put({ id: `r${n}`, text: `record ${n}` })
}

function idsOf(store: RecordStore<SuiteRecord>): readonly string[] {
  return [...store.values()].map(({ id }) => id)
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `r${n}`)

describe('what a crash leaves', () => {
  it('a torn last line of the journal is dropped', async () => {
    using folder = new StateFolder()
    await fill(await open(folder.path, 1e6), 0, 3)
    appendFileSync(join(folder.path, 'things.0.journal'), '{"put":{"id":"torn","te')
    expect(idsOf(await open(folder.path))).toEqual(ids(3))
    expect(idsOf(await open(folder.path))).toEqual(ids(3))
  })

  it('an unreadable file is read from its previous copy and the journals since', async () => {
    using folder = new StateFolder()
    const store = await open(folder.path)
    await fill(store, 0, 40)
    await store.close()
    const path = join(folder.path, 'things.json')
    expect(existsSync(`${path}.previous`)).toBe(true)
    truncateSync(path, Math.floor(readFileSync(path).length / 2))
    const complaints = log.complaints.length
    expect(idsOf(await open(folder.path))).toEqual(ids(40))
    expect(log.complaints.length).toBe(complaints + 1)
    // The good previous copy was not pushed out by the bad one.
    expect(idsOf(await open(folder.path))).toEqual(ids(40))
  })

  it('a missing file between the two renames is read from its previous copy', async () => {
    using folder = new StateFolder()
    const store = await open(folder.path)
    await fill(store, 0, 40)
    await store.close()
    writeFileSync(join(folder.path, 'things.json.new'), '{"generation":9')
    const path = join(folder.path, 'things.json')
    renameSync(path, `${path}.previous`)
    expect(idsOf(await open(folder.path))).toEqual(ids(40))
  })

  it.each([
    { name: 'cannot be read', damage: (text: string) => text.replace('{"put":{"id":"r1"', '{"put?') },
    { name: 'can be read and says something else', damage: (text: string) => text.replace('record 1', 'record 7') },
    { name: 'has another checksum', damage: (text: string) => text.replace(/(record 1.*\t)[0-9a-f]{8}/, '$100000000') },
    { name: 'is the last one, and was acknowledged', damage: (text: string) => text.replace('record 2', 'record 8'), line: 3 },
  ])('a line of a journal that $name costs itself, and is told', async ({ damage, line = 2 }) => {
    using folder = new StateFolder()
    await fill(await open(folder.path, 1e6), 0, 3)
    const path = join(folder.path, 'things.0.journal')
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, damage(before))
    expect(readFileSync(path, 'utf8')).not.toBe(before)
    const told: Damage[] = []
    const store = await openLowdbStore<SuiteRecord>(
      { folder: folder.path, name: 'things', onDamaged: (one) => told.push(one) },
      log,
    )
    opened.push(store)
    expect(idsOf(store)).toEqual(ids(3).filter((id) => id !== `r${line - 1}`))
    expect(told).toMatchObject([{ path, line }])
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(damage(before))
  })

  it('several changes that are one are lost together when their line is cut off', async () => {
    using folder = new StateFolder()
    const store = await open(folder.path, 1e6)
    await fill(store, 0, 1)
    await store.write([{ put: { id: 'r1', text: 'new' } }, { remove: 'r0' }])
    const path = join(folder.path, 'things.0.journal')
    truncateSync(path, readFileSync(path).length - 12)
    expect(idsOf(await open(folder.path))).toEqual(ids(1))
  })

  it('a state that cannot be folded at the start, as on a full disk, is there all the same', async () => {
    using folder = new StateFolder()
    await fill(await open(folder.path, 1e6), 0, 3)
    mkdirSync(join(folder.path, 'things.json.new'))
    const store = await open(folder.path)
    await store.put({ id: 'r3', text: 'new' })
    expect(idsOf(await open(folder.path))).toEqual(ids(4))
  })

  it('lines without a checksum, as earlier versions wrote them, are read', async () => {
    using folder = new StateFolder()
    writeFileSync(join(folder.path, 'things.0.journal'), '{"put":{"id":"r0","text":"old"}}\n{"put":{"id":"r1","text":"old"}}\n')
    writeFileSync(join(folder.path, 'things.json'), '{"generation":0,"records":[{"id":"r2","text":"older"}]}\n')
    expect(idsOf(await open(folder.path)).toSorted()).toEqual(ids(3))
  })

  it('a file whose text was changed is read from its previous copy and the journals since', async () => {
    using folder = new StateFolder()
    const store = await open(folder.path)
    await fill(store, 0, 40)
    await store.close()
    const path = join(folder.path, 'things.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('record 3"', 'record 4"'))
    expect(readFileSync(path, 'utf8')).not.toBe(text)
    const again = await open(folder.path)
    expect(again.get('r3')).toEqual({ id: 'r3', text: 'record 3' })
  })

  it('two unreadable copies are told', async () => {
    using folder = new StateFolder()
    await open(folder.path)
    writeFileSync(join(folder.path, 'things.json'), 'x')
    writeFileSync(join(folder.path, 'things.json.previous'), 'x')
    await expect(open(folder.path)).rejects.toMatchObject({ code: 'APPLIANCE_STATE_UNREADABLE' })
  })

  it('old journals go, those since the previous copy stay', async () => {
    using folder = new StateFolder()
    const store = await open(folder.path)
    await fill(store, 0, 100)
    await store.close()
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.journal')).length).toBeLessThanOrEqual(3)
  })
})
