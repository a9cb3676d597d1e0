import { describe, expect, it } from 'vitest'
import type { PartitionTable } from '../../src/contract/image.ts'
import type { Signature } from '../../src/imaging/disk-signature.ts'
import {
  differences,
  type Opinions,
  type OwnOpinion,
  type Probe,
  refuseDifferences,
  settledSignature,
} from '../../src/imaging/reading-disputes.ts'

const MiB = 1024 * 1024
const table: PartitionTable = {
  kind: 'mbr',
  id: '12345678',
  partitions: [
    { number: 1, startBytes: MiB, sizeBytes: MiB, typeId: 0x83, isContainer: false },
    { number: 2, startBytes: 4 * MiB, sizeBytes: 8 * MiB, typeId: 5, isContainer: true },
    { number: 5, startBytes: 5 * MiB, sizeBytes: MiB, typeId: 7, isContainer: false },
  ],
  records: [],
}
const kernel = [
  { number: 1, startBytes: MiB, sizeBytes: MiB },
  // Two sectors are all that the kernel lets anybody touch of an extended partition.
  { number: 2, startBytes: 4 * MiB, sizeBytes: 1024 },
  { number: 5, startBytes: 5 * MiB, sizeBytes: MiB },
]
const known = (content: 'ext' | 'ntfs' | 'fat'): Signature => ({ kind: 'known', content })
const found = (type?: string, ptType?: string): Probe => ({ kind: 'found', type, table: ptType })

function own(change: Partial<OwnOpinion> = {}): OwnOpinion {
  const reading = { as: 'mbr', isSaid: false, table, sectorBytes: 512, places: [], notes: [] } as const
  const partitions = [
    { number: 1, signature: known('ext') },
    { number: 5, signature: known('ntfs') },
  ]
  return { table, sizeBytes: 16 * MiB, reading, partitions, ...change }
}

const agreed: Opinions = {
  kernel,
  disk: found(undefined, 'dos'),
  partitions: new Map([
    [1, found('ext4')],
    [5, found('ntfs')],
  ]),
}
const part = (probe: Probe): Opinions => ({
  ...agreed,
  partitions: new Map([
    [1, probe],
    [5, found('ntfs')],
  ]),
})
const none = { kind: 'none' } as const
const wholeReading = { as: 'filesystem', isSaid: false, table: none, sectorBytes: 512, places: [], notes: [] } as const
const whole = own({ table: none, reading: wholeReading, partitions: [{ number: 0, signature: known('fat') }] })
const alone = (disk: Probe): Opinions => ({ kernel: undefined, disk, partitions: new Map() })

describe('others say the same', () => {
  it.each([
    ['all of them', own(), agreed],
    ['a kernel without parsers', own(), { ...agreed, kernel: undefined }],
    ['a system without libblkid', own(), { kernel: undefined, disk: { kind: 'unavailable' }, partitions: new Map() }],
    [
      'slices inside of a partition',
      own(),
      { ...agreed, kernel: [...kernel, { number: 6, startBytes: 5 * MiB + 512, sizeBytes: 512 }] },
    ],
    [
      'a boot sector that pretends to be a table',
      whole,
      { ...alone(found('vfat')), kernel: [{ number: 1, startBytes: 0, sizeBytes: MiB }] },
    ],
    ['an empty table in front of a filesystem', whole, alone(found('vfat', 'dos'))],
    ['more about what is unknown here', own({ partitions: [{ number: 1, signature: { kind: 'unknown' } }] }), part(found('ufs'))],
    ['what stands in a boot partition', own({ partitions: [{ number: 1, signature: { kind: 'whole' } }] }), part(found('ext2'))],
  ] as const)('%s', (_name, mine, theirs) => {
    expect(differences(mine, theirs as Opinions)).toEqual([])
  })
})

describe('others say something else', () => {
  it.each([
    ['libblkid of the table', own(), { ...agreed, disk: found(undefined, 'gpt') }, /table as gpt, here it is mbr/],
    ['libblkid of no table', own(), { ...agreed, disk: { kind: 'nothing' } }, /no partition table/],
    [
      'libblkid of a RAID around the table',
      own(),
      { ...agreed, disk: found('isw_raid_member', 'dos') },
      /isw_raid_member on the disk itself/,
    ],
    ['libblkid of several filesystems', whole, alone({ kind: 'ambivalent' }), /several filesystems/],
    ['libblkid of a table around a filesystem', whole, alone(found('vfat', 'gpt')), /table as gpt/],
    ['libblkid of a partition', own(), part(found('LVM2_member')), /LVM2_member of partition 1, here it is ext/],
    ['libblkid of nothing in a partition', own(), part({ kind: 'nothing' }), /nothing of partition 1/],
    ['libblkid of two things in a partition', own(), part({ kind: 'ambivalent' }), /several filesystems on partition 1/],
    [
      'libblkid of what begins with zeros',
      own({ partitions: [{ number: 1, signature: { kind: 'blank' } }] }),
      part(found('jmicron_raid_member')),
      /zeros/,
    ],
    [
      'the kernel of a partition more',
      own(),
      { ...agreed, kernel: [...kernel, { number: 3, startBytes: 13 * MiB, sizeBytes: MiB }] },
      /partition 3/,
    ],
    ['the kernel of one less', own(), { ...agreed, kernel: kernel.slice(0, 2) }, /does not have partition 5/],
    [
      'the kernel of another size',
      own(),
      { ...agreed, kernel: [{ ...kernel[0]!, sizeBytes: 512 }, ...kernel.slice(1)] },
      /does not have partition 1/,
    ],
    ['the kernel of partitions of a whole disk', whole, { ...alone(found('vfat')), kernel }, /was not found here/],
  ] as const)('%s', (_name, mine, theirs, says) => {
    expect(differences(mine, theirs as Opinions).join('\n')).toMatch(says)
    expect(() => refuseDifferences(mine, theirs as Opinions)).toThrow(expect.objectContaining({ code: 'IMAGE_READING_DISPUTED' }))
  })

  it('of the disk, which a person has decided; of its partitions it still counts', () => {
    const said = own({ reading: { ...own().reading, isSaid: true } })
    expect(differences(said, { ...agreed, disk: found('ext4', 'gpt'), kernel: [] })).toEqual([])
    expect(differences(said, part(found('xfs')))).toHaveLength(1)
    const raw = own({ reading: { ...own().reading, as: 'raw', isSaid: true } })
    expect(differences(raw, part(found('xfs')))).toEqual([])
  })
})

describe('a partition counts as', () => {
  it.each([
    ['what both say', known('ext'), found('ext3'), false, known('ext')],
    [
      'what libblkid knows of it, where nobody here does',
      { kind: 'unknown' },
      found('ufs'),
      false,
      { kind: 'opaque', name: 'ufs (by libblkid)' },
    ],
    [
      'what libblkid finds behind zeros',
      { kind: 'blank' },
      found('jmicron_raid_member'),
      true,
      { kind: 'opaque', name: 'jmicron_raid_member (by libblkid)' },
    ],
    ['itself, where they differ: that is refused', known('ext'), found('xfs'), false, known('ext')],
    [
      'blocks, where they differ and it may be copied block by block',
      known('ext'),
      found('xfs'),
      true,
      { kind: 'opaque', name: 'ext, of which libblkid says xfs' },
    ],
    [
      'blocks, where libblkid cannot tell',
      known('ext'),
      { kind: 'ambivalent' },
      true,
      { kind: 'opaque', name: 'ext, of which libblkid says nothing' },
    ],
    ['itself without libblkid', known('ext'), { kind: 'unavailable' }, true, known('ext')],
  ] as const)('%s', (_name, signature, probe, includeUnknown, want) => {
    expect(settledSignature(1, signature as Signature, probe as Probe, includeUnknown)).toEqual(want)
  })
})
