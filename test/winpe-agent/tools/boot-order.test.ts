import { describe, expect, it } from 'vitest'
import { entryOf, networkFirst, parseBootEntries, parseBootOrder } from '../../../src/winpe-agent/tools/boot-order.ts'

const OVMF = `BootCurrent: 0002
Timeout: 0 seconds
BootOrder: 0003,0002,0000,0001
Boot0000* UiApp\tFvVol(7cb8bdc9)/FvFile(462caa21)
Boot0001* UEFI Misc Device\tPciRoot(0x0)/Pci(0x3,0x0){auto_created_boot_option}
Boot0002* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4
Boot0003* debian\tHD(2,GPT)/File(\\EFI\\debian\\shimx64.efi)
`

describe('the boot order', () => {
  it('is read as efibootmgr prints it, and puts this boot first', () => {
    const order = parseBootOrder(OVMF)
    expect(order).toEqual({ current: '0002', order: ['0003', '0002', '0000', '0001'] })
    expect(networkFirst(order!)).toEqual(['0002', '0003', '0000', '0001'])
  })

  it('is left alone when the network is first', () => {
    expect(networkFirst({ current: '0002', order: ['0002', '0003'] })).toBeUndefined()
  })

  it('gets an entry that was thrown out of it back', () => {
    expect(networkFirst({ current: '0002', order: ['0003'] })).toEqual(['0002', '0003'])
  })

  it.each(['', 'EFI variables are not supported on this system.\n', 'BootCurrent: 0002\n'])('is unknown for "%s"', (text) => {
    expect(parseBootOrder(text)).toBeUndefined()
  })
})

describe('boot entries', () => {
  const ESP = 'cc5c4c8a-1f6e-4b0e-9a51-0d3b7c7f6a11'
  const OTHER = '0f0f0f0f-1f6e-4b0e-9a51-0d3b7c7f6a11'
  const ENTRIES = `BootCurrent: 0002
BootOrder: 0002,0004,0001
Boot0001* UEFI Misc Device\tPciRoot(0x0)/Pci(0x3,0x0){auto_created_boot_option}
Boot0002* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,1)/IPv4
Boot0003* Platen: the disk\tHD(1,GPT,${ESP.toUpperCase()},0x800,0x100000)/File(\\EFI\\BOOT\\BOOTX64.EFI)
Boot0004* debian\tHD(1,GPT,${ESP},0x800,0x100000)/\\EFI\\debian\\shimx64.efi
Boot0005  off\tHD(1,GPT,${OTHER},0x800,0x100000)/File(\\EFI\\x.efi)
`

  it('are read with the partition that they start from; inactive ones are none', () => {
    expect(parseBootEntries(ENTRIES).map(({ number, label, partitionGuid }) => [number, label, partitionGuid])).toEqual([
      ['0001', 'UEFI Misc Device', undefined],
      ['0002', 'UEFI PXEv4 (MAC:525400123456)', undefined],
      ['0003', 'Platen: the disk', ESP],
      ['0004', 'debian', ESP],
    ])
  })

  it('the one of the disk is the first of the boot order, else one outside of it', () => {
    const entries = parseBootEntries(ENTRIES)
    expect(entryOf([ESP], entries, ['0002', '0004', '0001'])?.number).toBe('0004')
    expect(entryOf([ESP], entries, ['0002'])?.number).toBe('0003')
    expect(entryOf([OTHER], entries, ['0002'])).toBeUndefined()
  })
})
