import { describe, expect, it } from 'vitest'
import { firmwareNames } from '../../boot/firmware.ts'
import { loadOrder, parseModulesDep, selectModules } from '../../boot/kernel-modules.ts'

const MODULES_DEP = `kernel/drivers/net/ethernet/intel/igb/igb.ko.xz: kernel/drivers/dca/dca.ko.xz kernel/drivers/i2c/algos/i2c-algo-bit.ko.xz
kernel/drivers/dca/dca.ko.xz:
kernel/drivers/gpu/drm/drm.ko.xz: kernel/drivers/dca/dca.ko.xz
kernel/drivers/scsi/scsi_debug.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz
kernel/drivers/scsi/scsi_mod.ko.xz:
`

describe('selectModules', () => {
  it("takes the recipe's folders and what they depend on, and nothing that is left out", () => {
    expect(selectModules(parseModulesDep(MODULES_DEP))).toEqual([
      'kernel/drivers/dca/dca.ko.xz',
      'kernel/drivers/i2c/algos/i2c-algo-bit.ko.xz',
      'kernel/drivers/net/ethernet/intel/igb/igb.ko.xz',
      'kernel/drivers/scsi/scsi_mod.ko.xz',
    ])
  })

  it.each([
    {
      name: 'a module by its name, also one that is left out',
      more: ['scsi-debug'],
      adds: 'kernel/drivers/scsi/scsi_debug.ko.xz',
    },
    { name: 'a folder', more: ['drivers/gpu/'], adds: 'kernel/drivers/gpu/drm/drm.ko.xz' },
  ])('takes $name beside', ({ more, adds }) => {
    const dependencies = parseModulesDep(MODULES_DEP)
    expect(selectModules(dependencies, more).filter((each) => !selectModules(dependencies).includes(each))).toEqual([adds])
  })

  it('says which of them the kernel does not have', () => {
    expect(() => selectModules(parseModulesDep(MODULES_DEP), ['dca', 'bondin', 'drivers/none/'])).toThrow(
      /no module bondin, drivers\/none\//,
    )
  })
})

describe('loadOrder', () => {
  const dependencies = parseModulesDep(`kernel/net/nic.ko: kernel/net/phy.ko kernel/lib/crc.ko
kernel/net/phy.ko: kernel/lib/crc.ko
kernel/lib/crc.ko:
kernel/fs/overlayfs/overlay.ko:
`)

  it('puts what a module needs before it, and everything once', () => {
    expect(loadOrder(dependencies, ['overlay', 'nic', 'phy'])).toEqual([
      'kernel/fs/overlayfs/overlay.ko',
      'kernel/lib/crc.ko',
      'kernel/net/phy.ko',
      'kernel/net/nic.ko',
    ])
  })

  it('says which module the kernel does not have', () => {
    expect(() => loadOrder(dependencies, ['squashfs'])).toThrow('squashfs')
  })
})

describe('firmwareNames', () => {
  it('reads every entry between the zero bytes', () => {
    const module = Buffer.from('ELF\0license=GPL\0firmware=tigon/tg3.bin\0firmware=tigon/tg3_tso.bin\0alias=pci\0')
    expect(firmwareNames(module)).toEqual(['tigon/tg3.bin', 'tigon/tg3_tso.bin'])
  })

  it('finds none where none is named', () => {
    expect(firmwareNames(Buffer.from('\0license=GPL\0'))).toEqual([])
  })
})
