import fc from 'fast-check'
import { expect, it } from 'vitest'
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
        const fresh = probes ? leases.takeFresh() : undefined
        if (fresh !== undefined) leases.addProven(fresh)
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
  const taken = Array.from({ length: 4 }, () => leases.takeFresh()!)
  expect(taken.map(formatIpv4)).toEqual(['10.77.0.100', '10.77.0.101', '10.77.0.103', '10.77.0.104'])
  expect(leases.candidate('a', undefined, 0).kind).toBe('unproven')
  for (const address of taken.slice(0, 3)) leases.setAside(address, 0)
  expect(leases.candidate('a', undefined, 0).kind).toBe('unproven')
  leases.setAside(taken.at(-1)!, 0)
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
