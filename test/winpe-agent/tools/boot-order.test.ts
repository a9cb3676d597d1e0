import { describe, expect, it } from 'vitest'
import { networkFirst, parseBootOrder } from '../../../src/winpe-agent/tools/boot-order.ts'

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
