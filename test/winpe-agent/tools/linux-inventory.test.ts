import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { Inventory } from '../../../src/contract/inventory.ts'
import { readInventory } from '../../../src/winpe-agent/tools/linux-inventory.ts'
import { openSysfs } from '../../../src/winpe-agent/tools/sysfs.ts'
import { SysfsTree } from '../../fakes/sysfs-tree.ts'

function inventoryOf(options?: ConstructorParameters<typeof SysfsTree>[0]): Inventory {
  using tree = new SysfsTree(options)
  return readInventory(openSysfs(tree.root), 'x64')
}

describe('readInventory', () => {
  it('is what the contract says', () => {
    expect([...Value.Errors(Inventory, inventoryOf())]).toEqual([])
  })

  it('lists the disks that hold data, with what is stable about them', () => {
    const { disks } = inventoryOf()
    expect(disks.map(({ devicePath, serial, wwn, model, byPath }) => ({ devicePath, serial, wwn, model, byPath }))).toEqual([
      {
        devicePath: '/dev/nvme0n1',
        serial: 'S4EVNX0N123456',
        wwn: 'eui.0025385b71b0c1d2',
        model: 'Samsung SSD 970 PRO 512GB',
        byPath: 'pci-0000:04:00.0-nvme-1',
      },
      {
        devicePath: '/dev/sda',
        serial: 'ZC1A2B3C',
        wwn: '0x5000c500a1b2c3d4',
        model: 'ST4000NM0035-1V4',
        byPath: 'pci-0000:00:1f.2-ata-3',
      },
      {
        devicePath: '/dev/sdb',
        wwn: '0x5000c50087654321',
        model: 'SEAGATE ST300MM0006',
        byPath: 'pci-0000:03:00.0-sas-0x5000c50087654322-lun-0',
      },
      { devicePath: '/dev/sdc', model: 'SanDisk Cruzer Blade', byPath: 'pci-0000:00:14.0-usb-0:1.4:1.0-scsi-0:0:0:0' },
      { devicePath: '/dev/sdd', model: 'QEMU QEMU HARDDISK', byPath: 'pci-0000:00:05.0-scsi-0:0:2:0' },
      { devicePath: '/dev/vda', serial: 'platen-a', byPath: 'pci-0000:00:02.0' },
    ])
  })

  it('tells sizes and kinds: sizes are in units of 512 bytes whatever the sector', () => {
    const { disks } = inventoryOf()
    const [, sda, sdb, sdc, , vda] = disks
    expect(sda).toMatchObject({
      sizeBytes: 4_000_787_030_016,
      logicalSectorBytes: 512,
      physicalSectorBytes: 4096,
      isRotational: true,
      isRemovable: false,
    })
    expect(sdb).toMatchObject({ sizeBytes: 300_000_000_000, logicalSectorBytes: 4096 })
    expect(sdc).toMatchObject({ isRemovable: true, isRotational: false, isReadOnly: false })
    expect(vda).toMatchObject({ isReadOnly: true })
  })

  it('lists cards with a device behind them', () => {
    expect(inventoryOf().nics).toEqual([
      { name: 'eno1', mac: 'ac:1f:6b:00:11:22', driver: 'ixgbe', linkUp: true, speedMbps: 10_000 },
      { name: 'eno2', mac: 'ac:1f:6b:00:11:23', driver: 'ixgbe', linkUp: false },
    ])
  })

  it('reads SMBIOS, processors and memory; empty strings and bells are left out', () => {
    expect(inventoryOf()).toMatchObject({
      smbios: {
        systemUuid: '4c4c4544-0051-3610-8052-b4c04f4e5931',
        systemSerial: 'Q6NY1',
        manufacturer: 'Dell Inc.',
        product: 'PowerEdge R740',
      },
      cpuModel: 'Intel(R) Xeon(R) Silver 4110 CPU @ 2.10GHz',
      cpuCount: 2,
      memoryBytes: 32_823_352 * 1024,
    })
    expect(inventoryOf().smbios).not.toHaveProperty('boardSerial')
  })

  it.each([
    { options: {}, firmware: 'bios', secureBoot: 'unsupported' },
    { options: { secureBoot: 0 }, firmware: 'uefi', secureBoot: 'off' },
    { options: { secureBoot: 1 }, firmware: 'uefi', secureBoot: 'on' },
  ] as const)('$firmware with Secure Boot $secureBoot', ({ options, firmware, secureBoot }) => {
    expect(inventoryOf(options)).toMatchObject({ firmware, secureBoot })
  })

  it('survives a machine that shows nothing', () => {
    const inventory = readInventory(openSysfs('/nowhere'), 'arm64')
    expect([...Value.Errors(Inventory, inventory)]).toEqual([])
    expect(inventory).toMatchObject({ disks: [], nics: [], cpuCount: 1 })
  })

  it('reads this machine, too', () => {
    expect([...Value.Errors(Inventory, readInventory(openSysfs('/'), 'x64'))]).toEqual([])
  })
})
