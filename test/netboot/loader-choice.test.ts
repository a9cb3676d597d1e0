import { beforeEach, expect, it } from 'vitest'
import { classifyClient } from '../../src/netboot/dhcp/client.ts'
import { LoaderChoice } from '../../src/netboot/loader-choice.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'

const MAC = '52:54:00:00:00:0a'
const firmware = classifyClient(requestPacket('discover', { vendorClass: 'PXEClient:Arch:00007', architecture: 7 }))
const ipxe = classifyClient(requestPacket('discover', { architecture: 7, userClass: 'iPXE' }))

let now = 0
let changes: string[] = []
let preferred: 'snponly' | 'ipxe' | undefined
let choice: LoaderChoice

beforeEach(() => {
  now = 0
  changes = []
  preferred = undefined
  choice = new LoaderChoice({
    preferred: () => preferred,
    elapsed: () => now,
    onFallBack: (mac, from, to) => changes.push(`${mac} ${from} -> ${to}`),
  })
})

it('gives the firmware’s drivers first, or what the model needs', () => {
  expect(choice.flavourFor(firmware)).toBe('snponly')
  preferred = 'ipxe'
  expect(choice.flavourFor(firmware)).toBe('ipxe')
})

it('gives the next one when the last was fetched and the firmware asks again', () => {
  choice.noteFetched(MAC, 'snponly')
  now = 20_000
  expect(choice.flavourFor(firmware)).toBe('ipxe')
  expect(changes).toEqual([`${MAC} snponly -> ipxe`])
  choice.noteFetched(MAC, 'ipxe')
  now = 40_000
  expect(choice.flavourFor(firmware)).toBe('shim')
  choice.noteFetched(MAC, 'shim')
  now = 60_000
  expect(choice.flavourFor(firmware)).toBe('snponly')
})

it('stays with a loader that called back, by DHCP or for its script', () => {
  choice.noteFetched(MAC, 'snponly')
  choice.flavourFor(ipxe)
  now = 100_000
  expect(choice.flavourFor(firmware)).toBe('snponly')
  choice.noteFetched(MAC, 'snponly')
  choice.noteCalledBack(MAC)
  now = 200_000
  expect(choice.flavourFor(firmware)).toBe('snponly')
  expect(changes).toEqual([])
})

it('does not take the firmware’s second DISCOVER of one start for a failure', () => {
  choice.noteFetched(MAC, 'snponly')
  now = 4000
  expect(choice.flavourFor(firmware)).toBe('snponly')
})
