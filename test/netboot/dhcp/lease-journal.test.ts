import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LeaseClock } from '../../../src/netboot/dhcp/lease-clock.ts'
import { LeaseJournal } from '../../../src/netboot/dhcp/lease-journal.ts'
import type { Lease } from '../../../src/netboot/dhcp/lease-table.ts'

let folder: string
let path: string
let opened: LeaseJournal[]
let up: number
let bootId: string
let clock: LeaseClock

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-leases-'))
  path = join(folder, 'state', 'leases.journal')
  opened = []
  up = 5000
  bootId = 'first'
  newClock()
  told.length = 0
})

const told: object[] = []

/** As a process has it that starts now. */
function newClock(): void {
  clock = new LeaseClock(
    () => ({ bootId, ms: up }),
    () => up,
  )
}

afterEach(async () => {
  for (const journal of opened) await journal.close()
  await rm(folder, { recursive: true })
})

const lease = (last: number, more: Partial<Lease> = {}): Lease => ({
  address: 0x0a4d0000 + last,
  clientKey: `52:54:00:00:00:${String(last).padStart(2, '0')}`,
  state: 'bound',
  endsAt: 1_800_000_000_000,
  hostName: undefined,
  ...more,
})

async function journalOf(current: () => Iterable<Lease> = () => []): Promise<{ journal: LeaseJournal; found: readonly Lease[] }> {
  const journal = new LeaseJournal(path, current, clock, (where, line, reason) => told.push({ path: where, line, reason }))
  opened.push(journal)
  return { journal, found: await journal.load() }
}

describe('the lease journal', () => {
  it('gives back what was kept, in order', async () => {
    const leases = [lease(1), lease(2, { hostName: 'node "a"' }), lease(1, { state: 'released' })]
    const { journal, found } = await journalOf()
    expect(found).toEqual([])
    await Promise.all(leases.map((one) => journal.append(one)))
    await journal.close()
    expect((await journalOf()).found).toEqual(leases)
  })

  it('has a lease in the file when it says so', async () => {
    const { journal } = await journalOf()
    await journal.append(lease(7))
    expect(await readFile(path, 'utf8')).toBe(
      '{"boot":"first","up":5000,"at":0}\t61e20d1f\n{"ip":"10.77.0.7","key":"52:54:00:00:00:07","state":"bound","until":1800000000000,"at":0}\t60bbffe9\n',
    )
    await journal.close()
  })

  it('drops a line that was being written when the power went, and goes on after the last whole one', async () => {
    const first = await journalOf()
    await first.journal.append(lease(1))
    await first.journal.close()
    await appendFile(path, '{"ip":"10.77.0.2","ke')
    const second = await journalOf()
    expect(second.found).toEqual([lease(1)])
    await second.journal.append(lease(3))
    await second.journal.close()
    expect((await journalOf()).found).toEqual([lease(1), lease(3)])
  })

  it.each([
    { name: 'cannot be read', damage: (text: string) => text.replace('"10.77.0.2"', '"10.77.0.2') },
    { name: 'says something else than was written', damage: (text: string) => text.replace('"10.77.0.2"', '"10.77.0.9"') },
    { name: 'is none', damage: (text: string) => text.replace(/.*10\.77\.0\.2.*\n/, 'nonsense\n') },
  ])('a line that $name costs itself, is told and kept; the others are there', async ({ damage }) => {
    const { journal } = await journalOf()
    for (const n of [1, 2, 3]) await journal.append(lease(n))
    await journal.close()
    const before = await readFile(path, 'utf8')
    await writeFile(path, damage(before))
    const again = await journalOf(() => [lease(1), lease(3)])
    expect(again.found).toEqual([lease(1), lease(3)])
    expect(told).toMatchObject([{ path, line: 3 }])
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(damage(before))
    await again.journal.append(lease(4))
    await again.journal.close()
    told.length = 0
    expect((await journalOf()).found).toEqual([lease(1), lease(3), lease(4)])
    expect(told).toEqual([])
  })

  it('writes itself anew when most of it is outdated, and loses nothing', async () => {
    const current = new Map<number, Lease>()
    const { journal } = await journalOf(() => current.values())
    for (let round = 0; round < 60; round++) {
      const changed = Array.from({ length: 200 }, (_, at) => lease(at % 50, { endsAt: 1_800_000_000_000 + round }))
      for (const one of changed) current.set(one.address, one)
      await Promise.all(changed.map((one) => journal.append(one)))
    }
    await journal.close()
    const lines = (await readFile(path, 'utf8')).split('\n').length
    expect(lines).toBeLessThan(3000)
    const { found } = await journalOf()
    expect(new Map(found.map((one) => [one.address, one]))).toEqual(current)
  })

  describe('after a restart', () => {
    const written = async (journal: LeaseJournal) => {
      up += 60_000
      await journal.append(lease(1, { endsAt: 600_000 }))
      await journal.close()
    }

    it.each([
      { name: 'of the program: what passed meanwhile has passed', boot: 'first', upThen: 165_000, want: 160_000 },
      { name: 'of the machine: nobody can tell what passed, so none did', boot: 'second', upThen: 9_000_000, want: 60_000 },
      { name: 'where the uptime began anew all the same', boot: 'first', upThen: 1000, want: 60_000 },
    ])('lease time goes on, $name', async ({ boot, upThen, want }) => {
      await written((await journalOf()).journal)
      bootId = boot
      up = upThen
      newClock()
      const { found } = await journalOf()
      expect([clock.now(), found]).toEqual([want, [lease(1, { endsAt: 600_000 })]])
    })

    it('reads the lines of older versions, which end by the wall clock, and writes them anew', async () => {
      await mkdir(join(folder, 'state'))
      const old = { ip: '10.77.0.1', key: '52:54:00:00:00:01', state: 'bound', until: Date.now() + 500_000 }
      await writeFile(path, `${JSON.stringify(old)}\n`)
      const kept: Lease[] = []
      const { journal, found } = await journalOf(() => kept)
      kept.push(...found)
      expect(found[0]!.endsAt).toBeGreaterThan(400_000)
      await journal.append(lease(2))
      await journal.close()
      up += 100_000
      newClock()
      const again = await journalOf()
      expect([clock.now(), again.found]).toEqual([100_000, [...found, lease(2)]])
    })
  })
})
