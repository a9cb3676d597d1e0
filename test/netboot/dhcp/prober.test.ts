import { expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { Prober } from '../../../src/netboot/dhcp/prober.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'

const tableOf = (last: string) =>
  new LeaseTable(compileSubnet({ network: '10.0.0.0/16', ranges: [{ first: '10.0.1.1', last }] }, parseIpv4('10.0.0.1')))

it('keeps a stock, and sets aside what answers', async () => {
  const leases = tableOf('10.0.1.60')
  const inUse: string[] = []
  const prober = new Prober(leases, {
    probe: async (address) => address % 10 === 0,
    now: () => 0,
    onInUse: ({ address }) => inUse.push(formatIpv4(address)),
    onStocked: () => {},
  })
  prober.refill()
  await prober.stop()
  expect(leases.provenCount + inUse.length).toBe(60)
  expect(inUse).toHaveLength(6)
})

it('keeps more in stock the more machines ask', async () => {
  const leases = tableOf('10.0.100.254')
  let asked = 0
  let rounds = 0
  const prober = new Prober(leases, {
    probe: async () => false,
    now: () => rounds,
    onInUse: () => {},
    onStocked: () => {
      rounds++
      while (asked < 10_000) {
        const candidate = leases.candidate(String(asked), undefined, rounds)
        if (candidate.kind !== 'address') break
        leases.bind(String(asked++), candidate.address, 3600, undefined, rounds)
      }
    },
  })
  while (asked < 10_000) {
    prober.refill()
    await new Promise(setImmediate)
  }
  await prober.stop()
  // Each takes half a second on the wire: with 64 at once it would be 157.
  expect(rounds).toBeLessThan(30)
})
