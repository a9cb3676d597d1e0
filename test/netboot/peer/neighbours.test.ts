import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import { KernelNeighbours, parseNeighbours, placeOf } from '../../../src/netboot/peer/neighbours.ts'

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.101      0x1         0x2         52:54:00:00:00:01     *        eth1
10.77.0.102      0x1         0x0         00:00:00:00:00:00     *        eth1
10.77.0.103      0x1         0x6         52:54:00:AB:00:03     *        eth1
10.77.0.104      0x1         0x0         52:54:00:00:00:04     *        eth1
`

it('of the kernel’s table the resolved entries count', () => {
  expect([...parseNeighbours(TABLE)]).toEqual([
    ['10.77.0.101', '52:54:00:00:00:01'],
    ['10.77.0.103', '52:54:00:ab:00:03'],
  ])
  expect(parseNeighbours('').size).toBe(0)
})

const networks = [
  { address: parseIpv4('10.77.0.1'), prefixLength: 24 },
  { address: parseIpv4('192.168.7.1'), prefixLength: 30 },
]
it.each([
  { address: '10.77.0.1', want: 'ourselves' },
  { address: '127.0.0.9', want: 'ourselves' },
  { address: '10.77.0.200', want: 'on-link' },
  { address: '10.77.1.200', want: 'routed' },
  { address: '192.168.7.2', want: 'on-link' },
  { address: '192.168.7.5', want: 'routed' },
])('$address is $want', ({ address, want }) => {
  expect(placeOf(parseIpv4(address), networks)).toBe(want)
})

describe('this kernel’s neighbours', () => {
  it('loopback is ourselves, documentation’s addresses are behind a router, IPv6 tells nothing', async () => {
    const neighbours = new KernelNeighbours(async () => TABLE)
    expect(await neighbours.at('127.0.0.1', 'x')).toEqual({ kind: 'ourselves' })
    expect(await neighbours.at('203.0.113.9', 'x')).toEqual({ kind: 'routed' })
    expect(await neighbours.at('fe80::1', 'x')).toEqual({ kind: 'routed' })
  })

  it('every address of this machine is ourselves', async () => {
    for (const { address, family } of Object.values(networkInterfaces())
      .flat()
      .filter((each) => each !== undefined))
      if (family === 'IPv4') expect(await new KernelNeighbours().at(address, 'x')).toEqual({ kind: 'ourselves' })
  })
})
