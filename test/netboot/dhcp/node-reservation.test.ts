// An address that is kept for a node: it follows the node's name and its network cards, without a restart.
import { beforeEach, expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { compileSubnet } from '../../../src/netboot/dhcp/subnet.ts'

const [FIRST, SECOND] = ['52:54:00:00:00:01', '52:54:00:00:00:02']
const KEPT = parseIpv4('10.77.0.20')
const DAY_S = 86_400

let names: Map<string, string>
let leases: LeaseTable
let now: number

beforeEach(() => {
  now = 0
  names = new Map([[FIRST, 'rack1-07']])
  leases = new LeaseTable(
    compileSubnet(
      {
        network: '10.77.0.0/24',
        ranges: [{ first: '10.77.0.100', last: '10.77.0.109' }],
        reservations: [{ address: '10.77.0.20', node: 'rack1-07' }],
        probesAddresses: false,
      },
      parseIpv4('10.77.0.1'),
    ),
    (mac) => names.get(mac),
  )
})

const offered = (mac: string) => {
  const candidate = leases.candidate(mac, undefined, now)
  return candidate.kind === 'address' ? formatIpv4(candidate.address) : candidate.kind
}

it('is offered to the node, and to nobody else', () => {
  expect([offered(FIRST), offered(SECOND)]).toEqual(['10.77.0.20', '10.77.0.100'])
  expect(leases.isFreeFor(SECOND, KEPT, now)).toBe(false)
  expect(leases.reservationOf(FIRST)?.hostName).toBe('rack1-07')
})

it('comes with a new network card while the old one’s lease still runs', () => {
  leases.bind(FIRST, KEPT, DAY_S, undefined, now)
  names.set(SECOND, 'rack1-07')
  expect(offered(SECOND)).toBe('10.77.0.20')
  leases.bind(SECOND, KEPT, DAY_S, undefined, now)
  expect(leases.leaseOf(FIRST)).toBeUndefined()
})

it('goes to another machine that is given the name, once the first one’s lease has ended', () => {
  leases.bind(FIRST, KEPT, DAY_S, undefined, now)
  names = new Map([[SECOND, 'rack1-07']])
  // Until then the first one still uses it; when it renews, it hears that it may not.
  expect(offered(SECOND)).toBe('10.77.0.100')
  expect(leases.isFreeFor(SECOND, parseIpv4('10.77.0.100'), now)).toBe(true)
  expect(leases.isFreeFor(FIRST, KEPT, now)).toBe(false)
  now = DAY_S * 1000
  expect(offered(SECOND)).toBe('10.77.0.20')
})

it('is an ordinary address for a node with another name', () => {
  names.set(FIRST, 'rack1-08')
  expect(offered(FIRST)).toBe('10.77.0.100')
})

it('gives way to one of the range while somebody else sits on it', () => {
  leases.setAside(KEPT, now)
  expect(offered(FIRST)).toBe('10.77.0.100')
  expect(leases.isFreeFor(FIRST, parseIpv4('10.77.0.100'), now)).toBe(true)
})

it('is restored for the machine that had it', () => {
  leases.restore({ address: KEPT, clientKey: FIRST, state: 'bound', endsAt: 1000, hostName: undefined })
  expect(leases.leaseOf(FIRST)?.address).toBe(KEPT)
  leases.restore({ address: KEPT, clientKey: SECOND, state: 'bound', endsAt: 1000, hostName: undefined })
  expect(leases.leaseOf(SECOND)).toBeUndefined()
})
