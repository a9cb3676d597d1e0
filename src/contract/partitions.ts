// Partitions as a profile declares them. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'
import { Name } from './values.ts'

export const PartitionType = NamedUnion('PartitionType', [
  Type.Literal('bios-boot'),
  Type.Literal('esp'),
  Type.Literal('linux'),
  Type.Literal('swap'),
  Type.Literal('msr'),
  Type.Literal('windows'),
  Type.Literal('windows-recovery'),
  Type.Literal('lvm'),
])

export const Filesystem = NamedUnion('Filesystem', [
  Type.Literal('ext4'),
  Type.Literal('fat32'),
  Type.Literal('xfs'),
  Type.Literal('btrfs'),
  Type.Literal('ntfs'),
  Type.Literal('exfat'),
  Type.Literal('swap'),
])

export const PartitionSpec = NamedObject(
  'PartitionSpec',
  {
    /** GPT partition name, and how the rest of the profile speaks of it. */
    name: Name,
    type: PartitionType,
    /** Left out on one partition only: that one takes what remains. */
    sizeMiB: Type.Optional(Type.Integer({ minimum: 1 })),
    filesystem: Type.Optional(Filesystem),
    label: Type.Optional(Type.String({ maxLength: 16 })),
    /** Where it is mounted while setup and activate run; '/' is the root of the image. */
    mount: Type.Optional(Type.String({ pattern: '^/' })),
  },
  { additionalProperties: false },
)
export type PartitionSpec = Static<typeof PartitionSpec>
