// What an agent sees of its machine. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { Architecture, Features, Firmware, Mac, SizeBytes } from './values.ts'

const Text = Type.String({ maxLength: 256 })

/** SMBIOS strings as the firmware gives them, placeholders included (DMTF DSP0134). */
export const Smbios = NamedObject('Smbios', {
  systemUuid: Type.Optional(Text),
  systemSerial: Type.Optional(Text),
  boardSerial: Type.Optional(Text),
  manufacturer: Type.Optional(Text),
  product: Type.Optional(Text),
  firmwareVersion: Type.Optional(Text),
})
export type Smbios = Static<typeof Smbios>

export const Nic = NamedObject('Nic', {
  name: Text,
  mac: Mac,
  driver: Type.Optional(Text),
  linkUp: Type.Boolean(),
  speedMbps: Type.Optional(Type.Integer()),
})
export type Nic = Static<typeof Nic>

export const Disk = NamedObject('Disk', {
  /** /dev/vda: where it is today; never a way to choose it. */
  devicePath: Text,
  serial: Type.Optional(Text),
  wwn: Type.Optional(Text),
  model: Type.Optional(Text),
  /** PCI or SCSI address, stable while the cable stays: pci-0000:00:04.0. */
  byPath: Type.Optional(Text),
  sizeBytes: SizeBytes,
  logicalSectorBytes: Type.Integer(),
  physicalSectorBytes: Type.Integer(),
  isRotational: Type.Boolean(),
  isRemovable: Type.Boolean(),
  isReadOnly: Type.Boolean(),
})
export type Disk = Static<typeof Disk>

export const Inventory = NamedObject('Inventory', {
  architecture: Architecture,
  firmware: Firmware,
  secureBoot: Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('unsupported')]),
  smbios: Smbios,
  /** Digest of the endorsement key of its TPM 2.0: the same as long as the TPM is. */
  tpmKey: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  cpuModel: Type.Optional(Text),
  cpuCount: Type.Integer(),
  memoryBytes: SizeBytes,
  nics: Type.Array(Nic, { maxItems: 256 }),
  /** The card that this boot came through, when the boot loader told (BOOTIF). */
  bootMac: Type.Optional(Mac),
  disks: Type.Array(Disk, { maxItems: 1024 }),
  /** Features that its firmware asks for: `platen.features=` among the OEM strings (SMBIOS type 11). */
  features: Type.Optional(Features),
})
export type Inventory = Static<typeof Inventory>

/** A hint that must name exactly one disk; one that matches none or several is an error, never a guess. */
export const DiskHint = NamedObject(
  'DiskHint',
  {
    serial: Type.Optional(Text),
    wwn: Type.Optional(Text),
    model: Type.Optional(Text),
    byPath: Type.Optional(Text),
    minSizeBytes: Type.Optional(SizeBytes),
    maxSizeBytes: Type.Optional(SizeBytes),
    /** only: refuse when several are left. smallest, largest: choose among those left, refuse a tie. */
    pick: Type.Optional(Type.Union([Type.Literal('only'), Type.Literal('smallest'), Type.Literal('largest')])),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type DiskHint = Static<typeof DiskHint>
