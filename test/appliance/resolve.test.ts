import { describe, expect, it } from 'vitest'
import type { Interfaces } from '../../src/appliance/resolve-interfaces.ts'
import { DEFAULT_TFTP_LIMITS } from '../../src/netboot/config.ts'
import { ipv4, resolved } from '../fakes/resolved-settings.ts'

const INTERFACES: Interfaces = {
  lo: ipv4('127.0.0.1', '255.0.0.0'),
  br0: [
    { family: 'IPv6', address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::' },
    ...ipv4('10.77.0.1'),
    ...ipv4('192.168.9.65', '255.255.255.192'),
  ],
  host0: [{ family: 'IPv4', address: '10.90.0.1', netmask: '255.255.255.255' }],
  link0: [{ family: 'IPv4', address: '10.91.0.1', netmask: '255.255.255.254' }],
  pair0: [{ family: 'IPv4', address: '10.92.0.2', netmask: '255.255.255.252' }],
  six0: [{ family: 'IPv6', address: 'fe80::2', netmask: 'ffff:ffff:ffff:ffff::' }],
}

const resolve = (flags: Record<string, string>) => resolved(INTERFACES, { flags })

describe('resolveConfig', () => {
  it('finds address, mask, range and folders from the interface alone', () => {
    expect(resolve({ interface: 'br0' })).toMatchObject({
      kind: 'config',
      config: {
        url: 'http://10.77.0.1:8080',
        interfaces: [
          {
            name: 'br0',
            mode: 'server',
            address: '10.77.0.1',
            prefixLength: 24,
            subnets: [{ network: '10.77.0.0/24', ranges: [{ first: '10.77.0.128', last: '10.77.0.254' }] }],
          },
        ],
        tftp: { port: 69, ...DEFAULT_TFTP_LIMITS },
        profilesDir: '/opt/platen/profiles',
        bootDir: '/var/lib/platen/boot',
      },
    })
  })

  it.each([
    {
      name: 'host0',
      flags: {},
      key: 'interface',
      says: 'leads to 10.90.0.1/32 of host0, a network with no address for a machine',
    },
    { name: 'link0', flags: { 'dhcp-range-start': '10.91.0.1' }, key: 'interface', says: 'leads to 10.91.0.1/31 of link0' },
    { name: 'host0', flags: { address: '10.90.0.1' }, key: 'address', says: 'ip address add 10.90.0.1/24 dev host0' },
  ])('says what to do where no machine has room: $name $flags', ({ name, flags, key, says }) => {
    const resolved = resolve({ interface: name, ...flags })
    expect(resolved).toMatchObject({ kind: 'problems', problems: [{ key, reason: expect.stringContaining(says) }] })
    expect(resolve({ interface: name, 'dhcp-mode': 'proxy' }).kind).toBe('config')
  })

  it('gives the other address of a network for two', () => {
    const subnets = [{ network: '10.92.0.0/30', ranges: [{ first: '10.92.0.1', last: '10.92.0.1' }] }]
    expect(resolve({ interface: 'pair0' })).toMatchObject({ config: { interfaces: [{ subnets }] } })
  })

  it('takes the address that was named, with its own mask', () => {
    expect(resolve({ interface: 'br0', address: '192.168.9.65', 'http-port': '80' })).toMatchObject({
      config: {
        url: 'http://192.168.9.65:80',
        interfaces: [{ subnets: [{ ranges: [{ first: '192.168.9.96', last: '192.168.9.126' }] }] }],
      },
    })
  })

  it.each([
    {
      name: 'an interface that is not there',
      flags: { interface: 'br1' },
      key: 'interface',
      says: 'it has lo, br0, host0, link0, pair0, six0',
    },
    { name: 'an interface without IPv4', flags: { interface: 'six0' }, key: 'interface', says: 'has no IPv4 address' },
    {
      name: 'an address of somebody else',
      flags: { interface: 'br0', address: '10.77.0.2' },
      key: 'address',
      says: 'it has 10.77.0.1, 192.168.9.65',
    },
    {
      name: 'a range outside of the subnet',
      flags: { interface: 'br0', 'dhcp-range-start': '10.78.0.5' },
      key: 'dhcp.rangeStart',
      says: 'outside of 10.77.0.1 to 10.77.0.254',
    },
    {
      name: 'a range that ends on the broadcast address',
      flags: { interface: 'br0', 'dhcp-range-end': '10.77.0.255' },
      key: 'dhcp.rangeEnd',
      says: 'outside of',
    },
    {
      name: 'an address of HTTP that machines do not reach',
      flags: { interface: 'br0', 'http-listen': '127.0.0.1' },
      key: 'http.listen',
      says: 'machines on br0 could not reach 10.77.0.1',
    },
    {
      name: 'a range that runs backwards',
      flags: { interface: 'br0', 'dhcp-range-start': '10.77.0.9', 'dhcp-range-end': '10.77.0.8' },
      key: 'dhcp.rangeEnd',
      says: 'below dhcp.rangeStart 10.77.0.9',
    },
  ])('names $name', ({ flags, key, says }) => {
    const answer = resolve(flags as Record<string, string>)
    const problems = answer.kind === 'problems' ? answer.problems : []
    expect(problems).toEqual([expect.objectContaining({ key, reason: expect.stringContaining(says) })])
  })

  it('does not look at the range when it gives no addresses', () => {
    expect(resolve({ interface: 'br0', 'dhcp-mode': 'proxy', 'dhcp-range-start': '10.78.0.5' }).kind).toBe('config')
  })
})
