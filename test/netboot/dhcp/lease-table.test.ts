import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'

const table = (probesAddresses = false) =>
  new LeaseTable(
    compileSubnet(
      {
        network: '10.77.0.0/24',
        ranges: [{ first: '10.77.0.100', last: '10.77.0.104' }],
        reservations: [{ address: '10.77.0.102', mac: 'reserved' }],
        probesAddresses,
      },
      parseIpv4('10.77.0.1'),
    ),
  )

const act = fc.record({
  client: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'reserved'),
  kind: fc.constantFrom('discover' as const, 'bind' as const, 'release' as const, 'decline' as const, 'wait' as const),
  requested: fc.option(fc.integer({ min: 99, max: 106 }), { nil: undefined }),
})

it('never gives one address to two, nor an address outside the range, whatever happens in what order', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(act, { maxLength: 80 }), (probes, acts) => {
      const leases = table(probes)
      const held = new Map<string, { address: number; until: number }>()
      let now = 0
      for (const { client, kind, requested } of acts) {
        now += kind === 'wait' ? 20_000 : 1
        const fresh = probes ? leases.takeToProbe(now) : undefined
        if (fresh !== undefined) leases.addProven(fresh, now)
        const asked = requested === undefined ? undefined : parseIpv4(`10.77.0.${requested}`)
        const lease = leases.leaseOf(client)
        if (kind === 'discover') {
          const candidate = leases.candidate(client, asked, now)
          if (candidate.kind !== 'address') continue
          expect(formatIpv4(candidate.address)).toMatch(client === 'reserved' ? /\.10[0-4]$/ : /\.10[0134]$/)
          const others = [...held].filter(
            ([other, { address, until }]) => other !== client && address === candidate.address && until > now,
          )
          expect(others).toEqual([])
          leases.offer(client, candidate.address, now)
        }
        if (kind === 'bind' && lease !== undefined && leases.isFreeFor(client, lease.address, now)) {
          leases.bind(client, lease.address, 30, undefined, now)
          held.set(client, { address: lease.address, until: now + 30_000 })
        }
        if (kind === 'release' && lease !== undefined && leases.release(client, lease.address, now) !== undefined)
          held.delete(client)
        if (kind === 'decline' && lease !== undefined) {
          leases.setAside(lease.address, now)
          held.delete(client)
        }
      }
      const addresses = [...leases.all()].map(({ address }) => address)
      expect(new Set(addresses).size).toBe(addresses.length)
    }),
  )
})

it('uses every address of a range once before any twice', () => {
  const leases = table()
  const given = ['a', 'b', 'c', 'd'].map((client) => {
    const candidate = leases.candidate(client, undefined, 0)
    if (candidate.kind !== 'address') return candidate.kind
    leases.bind(client, candidate.address, 10, undefined, 0)
    leases.release(client, candidate.address, 1)
    return formatIpv4(candidate.address)
  })
  expect(given).toEqual(['10.77.0.100', '10.77.0.101', '10.77.0.103', '10.77.0.104'])
  expect(leases.candidate('e', undefined, 2)).toEqual({ kind: 'address', address: parseIpv4('10.77.0.100') })
})

it('is not full while the last addresses are being probed', () => {
  const leases = table(true)
  const taken = Array.from({ length: 4 }, () => leases.takeToProbe(0)!)
  expect(taken.map(formatIpv4)).toEqual(['10.77.0.100', '10.77.0.101', '10.77.0.103', '10.77.0.104'])
  expect(leases.candidate('a', undefined, 0).kind).toBe('unproven')
  for (const address of taken.slice(0, 3)) leases.setInUse(address, 0)
  expect(leases.candidate('a', undefined, 0).kind).toBe('unproven')
  leases.setInUse(taken.at(-1)!, 0)
  expect(leases.candidate('a', undefined, 0).kind).toBe('full')
})

it('finds an address in no time when 60,000 are taken', () => {
  const leases = new LeaseTable(
    compileSubnet(
      { network: '10.0.0.0/16', ranges: [{ first: '10.0.1.0', last: '10.0.250.255' }], probesAddresses: false },
      parseIpv4('10.0.0.1'),
    ),
  )
  const startedAt = performance.now()
  for (let client = 0; client < 64_000; client++) {
    const candidate = leases.candidate(String(client), undefined, client)
    if (candidate.kind === 'address') leases.bind(String(client), candidate.address, 3600, undefined, client)
  }
  expect(leases.candidate('one more', undefined, 64_000).kind).toBe('full')
  expect(leases.candidate('one more', undefined, 3_700_000).kind).toBe('address')
  expect(performance.now() - startedAt).toBeLessThan(3000)
})

const MINUTE = 60_000
const ip = (text: string) => parseIpv4(text)
const tableFor = (network: string, first: string, last: string, probesAddresses: boolean) =>
  new LeaseTable(compileSubnet({ network, ranges: [{ first, last }], probesAddresses }, ip('10.0.0.1')))
const give = (leases: LeaseTable, client: string, now: number, requested?: string) => {
  const candidate = leases.candidate(client, requested === undefined ? undefined : ip(requested), now)
  if (candidate.kind !== 'address') return candidate.kind
  leases.bind(client, candidate.address, 60, undefined, now)
  return formatIpv4(candidate.address)
}

describe('where addresses are probed', () => {
  const probed = (leases: LeaseTable, now: number) => {
    const address = leases.takeToProbe(now)
    if (address !== undefined) leases.addProven(address, now)
    return address === undefined ? undefined : formatIpv4(address)
  }
  let leases: LeaseTable
  beforeEach(() => {
    leases = tableFor('10.0.0.0/24', '10.0.0.100', '10.0.0.101', true)
  })

  it('a proof ages: what was unused a minute ago is probed again', () => {
    expect([probed(leases, 0), probed(leases, 0)]).toEqual(['10.0.0.100', '10.0.0.101'])
    expect(give(leases, 'a', MINUTE)).toBe('unproven')
    expect(probed(leases, MINUTE)).toBe('10.0.0.100')
    expect(give(leases, 'a', MINUTE)).toBe('10.0.0.100')
  })

  it.each([
    { name: 'was given back', end: () => leases.release('a', ip('10.0.0.100'), 1000), at: 2000 },
    { name: 'ran out', end: () => {}, at: 2 * MINUTE },
    { name: 'was left for a reserved one', end: () => leases.bind('a', ip('10.0.0.7'), 60, undefined, 1000), at: 2000 },
  ])('one that $name is probed before another machine gets it', ({ end, at }) => {
    probed(leases, 0)
    expect(give(leases, 'a', 0)).toBe('10.0.0.100')
    end()
    leases.bind('b', ip('10.0.0.101'), 600, undefined, 1000)
    expect(give(leases, 'c', at)).toBe('unproven')
    expect(probed(leases, at)).toBe('10.0.0.100')
    expect(give(leases, 'c', at)).toBe('10.0.0.100')
  })

  it('and comes back to its own machine at once', () => {
    probed(leases, 0)
    give(leases, 'a', 0)
    expect(give(leases, 'a', 2 * MINUTE)).toBe('10.0.0.100')
  })

  it('what a probe finds of an address that was given meanwhile means nothing', () => {
    const address = leases.takeToProbe(0)!
    leases.bind('a', address, 60, undefined, 0)
    expect(leases.setInUse(address, 1)).toBeUndefined()
    leases.addProven(address, 1)
    expect([leases.leaseOf('a')?.address, leases.provenCount]).toEqual([address, 0])
  })

  it('one in use is set aside for minutes, and then probed again', () => {
    leases.setInUse(leases.takeToProbe(0)!, 0)
    leases.bind('b', ip('10.0.0.101'), 6000, undefined, 0)
    expect(give(leases, 'a', 9 * MINUTE)).toBe('full')
    expect(probed(leases, 10 * MINUTE)).toBe('10.0.0.100')
    expect(give(leases, 'a', 10 * MINUTE)).toBe('10.0.0.100')
  })
})

describe('a machine that declines all it gets', () => {
  it.each([true, false])('takes a quarter of the pool at most, for minutes (probing: %s)', (probes) => {
    const leases = tableFor('10.0.0.0/24', '10.0.0.100', '10.0.0.199', probes)
    const proven = (now: number) => {
      const address = probes ? leases.takeToProbe(now) : undefined
      if (address !== undefined) leases.addProven(address, now)
    }
    for (let turn = 0; turn < 400; turn++) {
      proven(turn)
      expect(give(leases, `mac ${turn}`, turn)).not.toBe('full')
      leases.setAside(leases.leaseOf(`mac ${turn}`)!.address, turn)
    }
    const aside = (now: number) => [...leases.all()].filter(({ state, endsAt }) => state === 'declined' && endsAt > now)
    expect(aside(400)).toHaveLength(25)
    expect(aside(400 + 10 * MINUTE)).toHaveLength(0)
  })
})

describe('in a network wider than /24', () => {
  it('addresses that end in 0 and 255 are given to none but those who ask', () => {
    const leases = tableFor('10.0.0.0/16', '10.0.1.254', '10.0.2.2', false)
    const given = ['a', 'b', 'c', 'd'].map((client) => give(leases, client, 0))
    expect(given).toEqual(['10.0.1.254', '10.0.2.1', '10.0.2.2', 'full'])
    expect(give(leases, 'e', 0, '10.0.2.0')).toBe('10.0.2.0')
    // Nor when they are free again.
    leases.release('e', ip('10.0.2.0'), 1)
    expect(give(leases, 'f', 2)).toBe('full')
    expect(give(leases, 'e', 3)).toBe('10.0.2.0')
  })

  it('in a smaller one they are like all others', () => {
    const leases = tableFor('10.0.0.0/24', '10.0.0.0', '10.0.0.1', false)
    expect(give(leases, 'a', 0)).toBe('full')
    const half = tableFor('10.0.0.0/23', '10.0.0.255', '10.0.1.1', false)
    expect([give(half, 'a', 0), give(half, 'b', 0)]).toEqual(['10.0.1.1', 'full'])
  })
})

it('goes on in the second range when the first is full', () => {
  const ranges = [
    { first: '10.0.0.100', last: '10.0.0.101' },
    { first: '10.0.0.200', last: '10.0.0.201' },
  ]
  const leases = new LeaseTable(compileSubnet({ network: '10.0.0.0/24', ranges, probesAddresses: false }, ip('10.0.0.1')))
  expect(['a', 'b', 'c'].map((client) => give(leases, client, 0))).toEqual(['10.0.0.100', '10.0.0.101', '10.0.0.200'])
})
