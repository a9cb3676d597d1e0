// Machines as an agent would describe them.
import type { Inventory } from '../../src/contract/inventory.ts'

/** Machine number n: everything about it differs from every other number's. */
export function inventoryOf(n: number, change: Partial<Inventory> = {}): Inventory {
  const hex = n.toString(16).padStart(2, '0')
  return {
    architecture: 'x64',
    firmware: 'bios',
    secureBoot: 'unsupported',
    smbios: { systemUuid: `4c4c4544-0042-3010-8051-c7c04f5a32${hex}`, systemSerial: `SN-10${hex}`, boardSerial: `BS-77${hex}` },
    cpuCount: 2,
    memoryBytes: 1 << 30,
    nics: [{ name: 'eth0', mac: macOf(n), linkUp: true }],
    disks: [
      {
        devicePath: '/dev/vda',
        serial: `DISK-${hex}`,
        sizeBytes: 1 << 30,
        logicalSectorBytes: 512,
        physicalSectorBytes: 512,
        isRotational: false,
        isRemovable: false,
        isReadOnly: false,
      },
    ],
    ...change,
  }
}

export function macOf(n: number): string {
  return `52:54:00:00:${n.toString(16).padStart(4, '0').replace(/..$/, ':$&')}`
}
