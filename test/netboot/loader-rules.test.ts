import { describe, expect, it } from 'vitest'
import type { KnownNode } from '../../src/netboot/boot-policy.ts'
import type { LoaderRule } from '../../src/netboot/config.ts'
import { classifyClient } from '../../src/netboot/dhcp/client.ts'
import { compileLoaderRules } from '../../src/netboot/loader-rules.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'

const uefi = classifyClient(
  requestPacket('discover', {
    mac: '3c:ec:ef:00:00:01',
    vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
    architecture: 7,
    options: [[82, Buffer.from('\x01\x06eth0/3\x02\x03sw1')]],
  }),
)
const R640: KnownNode = { name: 'rack1-07', manufacturer: 'Dell Inc.', product: 'PowerEdge R640 ' }
const choose = (rules: readonly LoaderRule[]) => compileLoaderRules(rules)(uefi, () => R640)

describe('compileLoaderRules', () => {
  it.each<{ name: string; rule: Omit<LoaderRule, 'loader'>; matches: boolean }>([
    { name: 'nothing said: all machines', rule: {}, matches: true },
    { name: 'the maker of the card', rule: { macPrefix: '3C-EC-EF' }, matches: true },
    { name: 'another maker', rule: { macPrefix: '52:54:00' }, matches: false },
    { name: 'the vendor class', rule: { vendorClass: 'PXEClient:Arch:00007:*' }, matches: true },
    { name: 'a part of the vendor class', rule: { vendorClass: 'PXEClient' }, matches: false },
    { name: 'the switch and a port of it', rule: { remoteId: 'sw1', circuitId: 'eth0/*' }, matches: true },
    { name: 'the port by its bytes', rule: { circuitId: '0x657468302F33' }, matches: true },
    { name: 'another switch', rule: { remoteId: 'sw2' }, matches: false },
    { name: 'the architecture', rule: { architecture: 'x64', firmware: 'uefi' }, matches: true },
    { name: 'another architecture', rule: { architecture: 'arm64' }, matches: false },
    { name: 'another firmware', rule: { firmware: 'bios' }, matches: false },
    { name: 'the model, in another case', rule: { manufacturer: 'dell*', product: 'poweredge r6?0' }, matches: false },
    { name: 'the model with anything in it', rule: { manufacturer: 'DELL*', product: 'PowerEdge R6*' }, matches: true },
    { name: 'one of two', rule: { manufacturer: 'Dell Inc.', product: 'PowerEdge R7*' }, matches: false },
  ])('$name', ({ rule, matches }) => {
    expect(choose([{ loader: 'ipxe', ...rule }])).toBe(matches ? 'ipxe' : undefined)
  })

  it('takes the first rule that matches', () => {
    expect(choose([{ loader: 'shim', product: 'R7*' }, { loader: 'ipxe', product: '*R640' }, { loader: 'snponly' }])).toBe('ipxe')
  })

  it('knows no model of a machine that was never enrolled', () => {
    expect(compileLoaderRules([{ loader: 'ipxe', product: '*' }])(uefi, () => undefined)).toBeUndefined()
  })
})
