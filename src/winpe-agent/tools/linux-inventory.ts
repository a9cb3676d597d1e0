// What this machine is, read from sysfs and procfs: no other program is asked. Touches /sys and /proc.
import type { Disk, Inventory, Nic, Smbios } from '../../contract/inventory.ts'
import type { Architecture } from '../../contract/values.ts'
import { byPathOf } from './by-path.ts'
import { featuresOf, oemStrings } from './oem-strings.ts'
import type { Sysfs } from './sysfs.ts'

/** Disks that are memory, files, networks or other disks seen again. */
const NOT_DISKS = /^(loop|ram|zram|sr|fd|dm-|md|nbd|zd|mtdblock|nullb)|^mmcblk\d+(boot\d+|rpmb)$/
/** The size in /sys/block is in units of 512 bytes, whatever the sector size (block/genhd.c). */
const SIZE_UNIT_BYTES = 512
const SECURE_BOOT = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
const MAX_TEXT = 256

export function readInventory(sys: Sysfs, architecture: Architecture): Inventory {
  const cpuinfo = sys.text('/proc/cpuinfo') ?? ''
  return {
    architecture,
    firmware: sys.exists('/sys/firmware/efi') ? 'uefi' : 'bios',
    secureBoot: secureBoot(sys),
    smbios: readSmbios(sys),
    ...text('cpuModel', /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]),
    cpuCount: Math.max(1, cpuinfo.match(/^processor\s*:/gm)?.length ?? 1),
    memoryBytes: Number(/^MemTotal:\s*(\d+) kB/m.exec(sys.text('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024,
    nics: readNics(sys),
    disks: readDisks(sys),
    ...askedFeatures(sys),
  }
}

/** The variable's value follows four bytes of attributes (Linux, Documentation/filesystems/efivarfs). */
function secureBoot(sys: Sysfs): Inventory['secureBoot'] {
  const variable = sys.bytes(SECURE_BOOT)
  if (variable === undefined || variable.length < 5) return 'unsupported'
  return variable[4] === 1 ? 'on' : 'off'
}

/** Of its OEM strings: what whoever set up the firmware wants of this machine. */
function askedFeatures(sys: Sysfs): Pick<Inventory, 'features'> {
  const features = featuresOf(oemStrings(sys.bytes('/sys/firmware/dmi/tables/DMI') ?? new Uint8Array()))
  return features.length === 0 ? {} : { features: [...features] }
}

function readSmbios(sys: Sysfs): Smbios {
  const dmi = (name: string) => sys.text(`/sys/class/dmi/id/${name}`)
  return {
    ...text('systemUuid', dmi('product_uuid')?.toLowerCase()),
    ...text('systemSerial', dmi('product_serial')),
    ...text('boardSerial', dmi('board_serial')),
    ...text('manufacturer', dmi('sys_vendor')),
    ...text('product', dmi('product_name')),
    ...text('firmwareVersion', dmi('bios_version')),
  }
}

/** Cards with a device behind them: bridges, tunnels and bonds have none. */
function readNics(sys: Sysfs): Nic[] {
  return sys.list('/sys/class/net').flatMap((name) => {
    const base = `/sys/class/net/${name}`
    const mac = sys.text(`${base}/address`)?.toLowerCase()
    if (!sys.exists(`${base}/device`) || mac === undefined || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return []
    const speedMbps = sys.number(`${base}/speed`)
    return {
      name,
      mac,
      ...text('driver', sys.linkName(`${base}/device/driver`)),
      linkUp: sys.text(`${base}/carrier`) === '1',
      ...(speedMbps !== undefined && speedMbps > 0 && { speedMbps }),
    }
  })
}

function readDisks(sys: Sysfs): Disk[] {
  return sys.list('/sys/block').flatMap((name) => {
    const sizeBytes = (sys.number(`/sys/block/${name}/size`) ?? 0) * SIZE_UNIT_BYTES
    const isHidden = sys.text(`/sys/block/${name}/hidden`) === '1'
    if (NOT_DISKS.test(name) || sizeBytes === 0 || isHidden) return []
    return readDisk(sys, name, sizeBytes)
  })
}

function readDisk(sys: Sysfs, name: string, sizeBytes: number): Disk {
  const base = `/sys/block/${name}`
  return {
    devicePath: `/dev/${name.replaceAll('!', '/')}`,
    ...text('serial', serialOf(sys, base)),
    ...text('wwn', wwnOf(sys, base)),
    ...text('model', modelOf(sys, base)),
    ...text('byPath', byPathOf(sys, base)),
    sizeBytes,
    logicalSectorBytes: sys.number(`${base}/queue/logical_block_size`) ?? 512,
    physicalSectorBytes: sys.number(`${base}/queue/physical_block_size`) ?? 512,
    isRotational: sys.text(`${base}/queue/rotational`) === '1',
    isRemovable: sys.text(`${base}/removable`) === '1',
    isReadOnly: sys.text(`${base}/ro`) === '1',
  }
}

/** virtio and NVMe have files for it; SCSI and ATA tell it in the vital product data page 0x80, after a head of four bytes. */
function serialOf(sys: Sysfs, base: string): string | undefined {
  const page = sys.bytes(`${base}/device/vpd_pg80`)
  const fromPage = page === undefined ? undefined : Buffer.from(page.subarray(4)).toString('latin1').replaceAll('\0', '').trim()
  return sys.text(`${base}/serial`) ?? sys.text(`${base}/device/serial`) ?? (fromPage === '' ? undefined : fromPage)
}

/** As people know it from /dev/disk/by-id: naa.5000c500… is written 0x5000c500…. A t10 name is a serial in disguise. */
function wwnOf(sys: Sysfs, base: string): string | undefined {
  const wwid = sys.text(`${base}/wwid`) ?? sys.text(`${base}/device/wwid`)
  if (wwid === undefined || wwid.startsWith('t10.')) return undefined
  return wwid.startsWith('naa.') ? `0x${wwid.slice(4)}` : wwid
}

function modelOf(sys: Sysfs, base: string): string | undefined {
  const vendor = sys.text(`${base}/device/vendor`)
  const model = sys.text(`${base}/device/model`) ?? sys.text(`${base}/device/name`)
  // "ATA" is the translation layer's name, and virtio's vendor is a number.
  return vendor === undefined || vendor === 'ATA' || vendor.startsWith('0x') || model === undefined ? model : `${vendor} ${model}`
}

/** An optional field: left out rather than undefined or empty; control characters of careless firmware removed. */
function text<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  const clean = value
    ?.replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT)
  return (clean ? { [key]: clean } : {}) as { [P in K]?: string }
}
