// Every firmware, in every way that we serve: real firmware boots from nothing until its agent says hello to the appliance.
import { describe, expect, it } from 'vitest'
import type { Inventory } from '../../src/contract/inventory.ts'
import { type BootCase, type Booted, boot } from './boot-case.ts'

interface Row {
  readonly name: string
  readonly machine: BootCase['machine']
  readonly inventory: Pick<Inventory, 'firmware' | 'architecture' | 'secureBoot'>
  /** The first programs that it fetched, in this order, each with the way it took; where it is reset, others may lie between them. */
  readonly loaders: readonly `${'tftp' | 'http'} ${string}`[]
  readonly settings?: string
  readonly resets?: number
}

const SHIM_FIRST = 'loaders:\n  - { loader: shim, firmware: uefi }\n'

const ROWS: readonly Row[] = [
  {
    name: 'BIOS',
    machine: { firmware: 'bios' },
    inventory: { firmware: 'bios', architecture: 'x64', secureBoot: 'unsupported' },
    loaders: [], // the card's ROM is an iPXE
  },
  {
    name: 'UEFI',
    machine: { firmware: 'uefi' },
    inventory: { firmware: 'uefi', architecture: 'x64', secureBoot: 'off' },
    loaders: ['tftp snponly-x64.efi'],
  },
  {
    name: 'UEFI HTTP boot',
    machine: { firmware: 'uefi', networkBoot: 'http' },
    inventory: { firmware: 'uefi', architecture: 'x64', secureBoot: 'off' },
    loaders: ['http snponly-x64.efi'],
  },
  {
    name: 'UEFI Secure Boot',
    machine: { firmware: 'uefi', secureBoot: true },
    settings: SHIM_FIRST,
    inventory: { firmware: 'uefi', architecture: 'x64', secureBoot: 'on' },
    loaders: ['tftp shimx64.efi', 'tftp grubx64.efi'],
  },
  {
    name: 'UEFI Secure Boot that nobody told of',
    machine: { firmware: 'uefi', secureBoot: true },
    inventory: { firmware: 'uefi', architecture: 'x64', secureBoot: 'on' },
    // It refuses what is not signed, by PXE and then by HTTP, and when it asks again it gets the next one.
    loaders: ['tftp snponly-x64.efi', 'tftp shimx64.efi', 'tftp grubx64.efi'],
    resets: 2,
  },
  {
    name: 'UEFI HTTP boot with Secure Boot',
    machine: { firmware: 'uefi', networkBoot: 'http', secureBoot: true },
    settings: SHIM_FIRST,
    inventory: { firmware: 'uefi', architecture: 'x64', secureBoot: 'on' },
    loaders: ['http shimx64.efi', 'http grubx64.efi'],
  },
  {
    name: 'arm64',
    machine: { firmware: 'uefi', architecture: 'arm64' },
    inventory: { firmware: 'uefi', architecture: 'arm64', secureBoot: 'off' },
    loaders: ['tftp ipxe-arm64.efi'],
  },
]

describe.each(['server', 'proxy'] as const)('mode %s', (dhcp) => {
  it.each(ROWS)('$name', async ({ name, inventory, loaders, ...row }) => {
    const { node, events } = await boot({ name: `${name} ${dhcp}`, dhcp, ...row })
    expect(node).toMatchObject({ state: 'discovered', inventory })
    expect(node.inventory.smbios.systemSerial).toBe('RACK-M')
    const fetched = loadersOf(events)
    expect(row.resets === undefined ? fetched : fetched.filter((loader) => loaders.includes(loader))).toEqual(loaders)
    const gaveAnAddress = events.some(({ event, address }) => event === 'dhcp.answered' && address !== undefined)
    expect(gaveAnAddress).toBe(dhcp === 'server')
  })
})

/** Each once, however often the firmware asked for it. */
function loadersOf(events: Booted['events']): Row['loaders'][number][] {
  const fetched = events.flatMap(({ event, file }) => {
    const base = String(file).split('/').at(-1)!
    if (!base.endsWith('.efi')) return []
    return event === 'tftp.finished' ? [`tftp ${base}` as const] : event === 'http.file-sent' ? [`http ${base}` as const] : []
  })
  return [...new Set(fetched)]
}
