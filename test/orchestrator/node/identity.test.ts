import { describe, expect, it } from 'vitest'
import type { Inventory } from '../../../src/contract/inventory.ts'
import { identify } from '../../../src/orchestrator/node/identity.ts'
import { inventoryOf, macOf } from '../../fakes/inventories.ts'

const known = [1, 2, 3, 4].map((n) => ({
  id: `n${n}`,
  inventory: inventoryOf(n, n === 4 ? { tpmKey: 'b'.repeat(64) } : {}),
  bootMacs: [macOf(n)],
}))
const other = inventoryOf(9)
const nothing: Inventory['smbios'] = {}

describe('identify', () => {
  it.each<{ name: string; inventory: Inventory; bootMac: string; want: string }>([
    { name: 'the same machine', inventory: inventoryOf(2), bootMac: macOf(2), want: 'n2' },
    { name: 'a machine never seen', inventory: other, bootMac: macOf(9), want: 'new' },
    { name: 'a new network card', inventory: { ...inventoryOf(2), nics: other.nics }, bootMac: macOf(9), want: 'n2' },
    {
      name: 'nothing left of it but its TPM',
      inventory: { ...other, smbios: {}, tpmKey: 'b'.repeat(64) },
      bootMac: macOf(9),
      want: 'n4',
    },
    {
      name: 'another TPM on a board that repeats everything else',
      inventory: { ...inventoryOf(4), smbios: {}, disks: [], tpmKey: 'c'.repeat(64) },
      bootMac: macOf(4),
      want: 'new',
    },
    { name: 'a new disk', inventory: { ...inventoryOf(2), disks: other.disks }, bootMac: macOf(2), want: 'n2' },
    { name: 'a USB adapter that another machine booted from', inventory: other, bootMac: macOf(2), want: 'new' },
    {
      name: 'a UUID and a serial that a factory repeated: nothing of the machine itself is the same',
      inventory: { ...other, smbios: inventoryOf(2).smbios },
      bootMac: macOf(9),
      want: 'new',
    },
    {
      name: 'a virtual machine that has only its address',
      inventory: { ...inventoryOf(2), smbios: nothing, disks: [] },
      bootMac: macOf(2),
      want: 'n2',
    },
    {
      name: 'placeholders are no evidence',
      inventory: {
        ...other,
        smbios: { systemUuid: '00000000-0000-0000-0000-000000000000', systemSerial: 'To be filled by O.E.M.' },
      },
      bootMac: macOf(9),
      want: 'new',
    },
    { name: 'letters and dashes do not matter', inventory: upper(inventoryOf(3)), bootMac: macOf(3), want: 'n3' },
    {
      name: 'half of one and half of another',
      inventory: { ...inventoryOf(1), smbios: nothing, disks: [], nics: [...inventoryOf(1).nics, ...inventoryOf(2).nics] },
      bootMac: macOf(1),
      want: 'unclear',
    },
  ])('$name', ({ inventory, bootMac, want }) => {
    const verdict = identify(inventory, bootMac, known)
    expect(verdict.kind === 'known' ? verdict.nodeId : verdict.kind).toBe(want)
  })

  it('placeholders of two machines do not make them one', () => {
    const smbios = {
      systemUuid: '03000200-0400-0500-0006-000700080009',
      systemSerial: 'Default string',
      boardSerial: 'Default string',
    }
    const first = [{ id: 'a', inventory: { ...inventoryOf(1), smbios, disks: [] }, bootMacs: [] }]
    expect(identify({ ...inventoryOf(2), smbios, disks: [] }, macOf(2), first).kind).toBe('new')
  })

  it('tells what it went by', () => {
    expect(identify(inventoryOf(1), macOf(1), known)).toMatchObject({
      score: 135,
      because: ['system UUID', 'system serial', 'board serial', 'MAC address', 'disk serial'],
    })
  })
})

function upper(inventory: Inventory): Inventory {
  const { systemUuid, ...rest } = inventory.smbios
  return { ...inventory, smbios: { ...rest, systemUuid: systemUuid!.toUpperCase().replaceAll('-', '') } }
}
