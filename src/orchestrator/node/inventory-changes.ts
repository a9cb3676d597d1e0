// What is different between two inventories of one machine, as short sentences. Pure.
import type { Disk, Inventory, Nic } from '../../contract/inventory.ts'

export function inventoryChanges(before: Inventory, after: Inventory): readonly string[] {
  return [
    ...changed('memory', before.memoryBytes, after.memoryBytes),
    ...changed('processors', before.cpuCount, after.cpuCount),
    ...changed('processor', before.cpuModel, after.cpuModel),
    ...changed('firmware', before.firmware, after.firmware),
    ...changed('firmware version', before.smbios.firmwareVersion, after.smbios.firmwareVersion),
    ...changed('Secure Boot', before.secureBoot, after.secureBoot),
    ...changed('system UUID', before.smbios.systemUuid, after.smbios.systemUuid),
    ...changed('system serial', before.smbios.systemSerial, after.smbios.systemSerial),
    ...changed('TPM key', before.tpmKey, after.tpmKey),
    ...changed('board serial', before.smbios.boardSerial, after.smbios.boardSerial),
    ...cameAndWent('network card', before.nics.map(nicName), after.nics.map(nicName)),
    ...cameAndWent('disk', before.disks.map(diskName), after.disks.map(diskName)),
  ]
}

function changed(what: string, before: string | number | undefined, after: string | number | undefined): readonly string[] {
  return before === after ? [] : [`${what}: ${before ?? 'unknown'} became ${after ?? 'unknown'}`]
}

function cameAndWent(what: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const gone = before.filter((each) => !after.includes(each)).map((each) => `${what} ${each} is gone`)
  const come = after.filter((each) => !before.includes(each)).map((each) => `${what} ${each} is new`)
  return [...gone, ...come]
}

const nicName = ({ mac }: Nic): string => mac

/** By what does not depend on where it is plugged in, if it has such a thing. */
function diskName({ serial, wwn, byPath, devicePath, sizeBytes }: Disk): string {
  return `${serial ?? wwn ?? byPath ?? devicePath} of ${sizeBytes} bytes`
}
