import { describe, expect, it } from 'vitest'
import { configProblems } from '../../src/netboot/check-config.ts'
import type { NetbootInterface, NetbootSubnet } from '../../src/netboot/config.ts'

const eth1 = (subnet: Partial<NetbootSubnet>): NetbootInterface => ({
  name: 'eth1',
  mode: 'server',
  address: '10.77.0.1',
  subnets: [{ network: '10.77.0.0/24', ...subnet }],
})
const ranges = (...pairs: readonly (readonly [first: string, last: string])[]) => ({
  ranges: pairs.map(([first, last]) => ({ first, last })),
})
const reservations = (...all: NonNullable<NetbootSubnet['reservations']>) => ({ reservations: all })

interface SubnetFault {
  readonly name: string
  readonly subnet: Partial<NetbootSubnet>
  readonly code: string
  /** Where in the subnet. */
  readonly at: string
  readonly says: string
}
const faults = (code: string, rows: readonly Omit<SubnetFault, 'code'>[]) => rows.map((row) => ({ ...row, code }))
const optionFault = (name: string, option: string, value: string, says: string) => ({
  name,
  subnet: { options: { [option]: value } },
  at: `options.${option}`,
  says,
})

describe('configProblems', () => {
  it('has nothing against a whole plan', () => {
    const whole = {
      ...ranges(['10.77.0.100', '10.77.0.120'], ['10.77.0.130', '10.77.0.140']),
      ...reservations(
        { address: '10.77.0.20', mac: '52:54:00:00:00:01' },
        { address: '10.77.0.105', clientId: '0xff01' },
        { address: '10.77.0.21', node: 'rack1-07' },
        { address: '10.77.0.22', remoteId: 'sw1', circuitId: 'eth0/12' },
        { address: '10.77.0.23', circuitId: 'eth0/12' },
      ),
      options: { '26': '9000', '43': '0x0104' },
    }
    const plan: readonly NetbootInterface[] = [
      {
        ...eth1({}),
        subnets: [
          { network: '10.77.0.0/24', ...whole },
          { network: '10.88.0.0/16', ranges: [] },
          { network: '10.88.0.0/16', virtualSubnet: 'red' },
        ],
      },
      { name: 'eth2', mode: 'proxy', address: '10.78.0.1' },
      { name: 'eth3', mode: 'off' },
      { name: 'eth4', mode: 'off' },
    ]
    expect(configProblems(plan)).toEqual([])
  })

  it.each<SubnetFault>([
    ...faults('NETBOOT_RANGES_OVERLAP', [
      {
        name: 'ranges that overlap',
        subnet: ranges(['10.77.0.100', '10.77.0.120'], ['10.77.0.120', '10.77.0.140']),
        at: 'ranges[1]',
        says: 'overlaps interfaces[0].subnets[0].ranges[0]',
      },
    ]),
    ...faults('NETBOOT_RANGE_INVALID', [
      {
        name: 'a range that leaves its network',
        subnet: ranges(['10.77.0.9', '10.77.1.9']),
        at: 'ranges[0]',
        says: 'not inside 10.77.0.0/24',
      },
      {
        name: 'a range that ends before it begins',
        subnet: ranges(['10.77.0.9', '10.77.0.8']),
        at: 'ranges[0]',
        says: 'ends before it begins',
      },
    ]),
    ...faults('NETBOOT_RESERVATION_INVALID', [
      {
        name: 'a reservation outside of its subnet',
        subnet: reservations({ address: '10.78.0.9', node: 'n' }),
        at: 'reservations[0].address',
        says: 'which no machine of 10.77.0.0/24 can have',
      },
      {
        name: 'a reservation of the broadcast address',
        subnet: reservations({ address: '10.77.0.255', node: 'n' }),
        at: 'reservations[0].address',
        says: '10.77.0.255',
      },
      {
        name: 'a reservation for nobody',
        subnet: reservations({ address: '10.77.0.9' }),
        at: 'reservations[0]',
        says: 'needs one of mac, clientId and node',
      },
      {
        name: 'a reservation for two',
        subnet: reservations({ address: '10.77.0.9', mac: '52:54:00:00:00:01', node: 'n' }),
        at: 'reservations[0]',
        says: 'needs one of mac, clientId and node',
      },
      {
        name: 'two addresses for one machine, spelled differently',
        subnet: reservations(
          { address: '10.77.0.9', mac: '52:54:00:00:00:0a' },
          { address: '10.77.0.8', mac: '52-54-00-00-00-0A' },
        ),
        at: 'reservations[1]',
        says: 'has an address by number 0 already',
      },
      {
        name: 'two addresses for one port, spelled differently',
        subnet: reservations({ address: '10.77.0.9', circuitId: 'ab' }, { address: '10.77.0.8', circuitId: '0x6162' }),
        at: 'reservations[1]',
        says: 'has an address by number 0 already',
      },
    ]),
    ...faults('NETBOOT_ADDRESS_TWICE', [
      {
        name: 'one address for two machines',
        subnet: reservations({ address: '10.77.0.9', node: 'a' }, { address: '10.77.0.9', node: 'b' }),
        at: 'reservations[1].address',
        says: 'as interfaces[0].subnets[0].reservations[0].address is already',
      },
      {
        name: 'our own address for a machine',
        subnet: reservations({ address: '10.77.0.1', node: 'a' }),
        at: 'reservations[0].address',
        says: "the appliance's own",
      },
    ]),
    ...faults('NETBOOT_CONFIG_INVALID', [
      {
        name: 'a link for two ends',
        subnet: { network: '10.77.0.0/31' },
        at: 'network',
        says: '"10.77.0.0/31" has no address for a machine: it holds the two ends of a link; one of /30 or wider has',
      },
      { name: 'a single host', subnet: { network: '10.77.0.1/32' }, at: 'network', says: 'it holds one host' },
      { name: 'a network that is none', subnet: { network: '10.77.0.0' }, at: 'network', says: 'is not a network' },
      {
        name: 'an address that is none',
        subnet: { routers: ['10.77.0.256'] },
        at: 'routers[0]',
        says: '"10.77.0.256" is not an IPv4 address',
      },
      optionFault('an option number that is none', '300', 'x', 'is no option number'),
      optionFault('an option that is ours', '54', '10.0.0.1', '(server identifier) is said by the server itself'),
      optionFault('text where bytes belong', '43', 'hello', 'option 43 (vendor specific) cannot be written as "hello"'),
      optionFault(
        'a number that is too large',
        '26',
        '70000',
        'option 26 (interface MTU) is "70000", not a whole number up to 65535',
      ),
    ]),
  ])('refuses $name', ({ subnet, code, at, says }) => {
    const path = `interfaces[0].subnets[0].${at}`
    expect(configProblems([eth1(subnet)])).toEqual([{ code, path, reason: expect.stringContaining(says) }])
  })

  it.each<{ name: string; plan: readonly NetbootInterface[]; code: string; path: string; says: string }>([
    {
      name: 'one address on two interfaces',
      plan: [eth1({}), { name: 'eth2', mode: 'proxy', address: '10.77.0.1' }],
      code: 'NETBOOT_ADDRESS_TWICE',
      path: 'interfaces[1].address',
      says: 'as interfaces[0].address is already',
    },
    {
      name: 'one interface twice',
      plan: [eth1({}), { name: 'eth1', mode: 'off' }],
      code: 'NETBOOT_CONFIG_INVALID',
      path: 'interfaces[1].name',
      says: 'is eth1, as interfaces[0].name is already',
    },
    {
      name: 'a proxy with ranges',
      plan: [{ ...eth1(ranges(['10.77.0.9', '10.77.0.19'])), mode: 'proxy' }],
      code: 'NETBOOT_MODE_GIVES_NO_ADDRESSES',
      path: 'interfaces[0].subnets',
      says: 'mode proxy never does',
    },
    {
      name: 'networks that overlap, on two interfaces',
      plan: [eth1({}), { name: 'eth2', mode: 'server', subnets: [{ network: '10.64.0.0/10' }] }],
      code: 'NETBOOT_SUBNETS_OVERLAP',
      path: 'interfaces[1].subnets[0].network',
      says: 'is 10.64.0.0/10, which overlaps 10.77.0.0/24 of interfaces[0].subnets[0].network',
    },
  ])('refuses $name', ({ plan, code, path, says }) => {
    expect(configProblems(plan)).toEqual([{ code, path, reason: expect.stringContaining(says) }])
  })

  it('tells all of them at once', () => {
    const plan = eth1({ ...ranges(['10.77.0.9', '10.77.0.8']), ...reservations({ address: '10.78.0.1' }), dnsServers: ['x'] })
    expect(configProblems([plan]).map(({ code }) => code)).toEqual([
      'NETBOOT_CONFIG_INVALID',
      'NETBOOT_RANGE_INVALID',
      'NETBOOT_RESERVATION_INVALID',
      'NETBOOT_RESERVATION_INVALID',
    ])
  })
})
