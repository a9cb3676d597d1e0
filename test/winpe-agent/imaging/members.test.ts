// Arrays over several disks, laid out byte by byte in files: captured, deployed onto disks that are full of something else, and read back. Those
// that md itself made are in test/rack-long, volume groups in test/loop.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { encodeGpt } from '../../../src/imaging/gpt.ts'
import { linuxImaging } from '../../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../../src/winpe-agent/tools/linux-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { sh } from '../../fakes/image-disk.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'
import { type MadeArray, readArray, writeArray } from '../../fakes/md-array.ts'

const MiB = 1024 * 1024
const DISK_BYTES = 12 * MiB
/** Its only partition. */
const START = MiB
const MEMBER_BYTES = 8 * MiB
const CONTENT_BYTES = 4 * MiB
/** Of the metadata of LVM, from the beginning of its volume. */
const TEXT_AREA = 4096
const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4'

interface Row {
  readonly name: string
  readonly array: MadeArray
  readonly holds: 'ext' | 'fat' | 'a table'
  /** The capture's log. */
  readonly says: RegExp
  /** Members that are not there. */
  readonly lost?: readonly number[]
}

const CHUNK = 64 * 1024
const ROWS: readonly Row[] = [
  {
    name: 'a mirror for booting, metadata behind its filesystem',
    array: { metadata: '1.0', level: 1, memberCount: 2 },
    holds: 'fat',
    says: /fat/,
  },
  { name: 'a mirror', array: { metadata: '1.2', level: 1, memberCount: 3 }, holds: 'ext', says: /ext/ },
  {
    name: 'a mirror that has lost a member',
    array: { metadata: '1.2', level: 1, memberCount: 2 },
    holds: 'ext',
    says: /degraded/,
    lost: [0],
  },
  {
    name: 'a mirror that is laid out like a disk',
    array: { metadata: '1.2', level: 1, memberCount: 2 },
    holds: 'a table',
    says: /partition 1 of the array box:test: ext/,
  },
  { name: 'stripes', array: { metadata: '1.1', level: 0, memberCount: 3, chunkBytes: CHUNK }, holds: 'ext', says: /RAID 0/ },
  {
    name: 'stripes with near copies',
    array: { metadata: '1.2', level: 10, layout: 0x102, memberCount: 3, chunkBytes: CHUNK },
    holds: 'ext',
    says: /RAID 10/,
  },
  {
    name: 'stripes with far copies',
    array: { metadata: '1.2', level: 10, layout: 0x201, memberCount: 3, chunkBytes: CHUNK },
    holds: 'ext',
    says: /RAID 10/,
  },
  {
    name: 'stripes with a parity',
    array: { metadata: '1.2', level: 5, layout: 2, memberCount: 3, chunkBytes: CHUNK },
    holds: 'ext',
    says: /RAID 5/,
  },
  {
    name: 'stripes with a parity that have lost a member',
    array: { metadata: '1.2', level: 5, layout: 2, memberCount: 3, chunkBytes: CHUNK },
    holds: 'ext',
    says: /degraded/,
    lost: [1],
  },
]

/** A GUID table with one partition, of ids of its own. */
function diskWithPartition(): Buffer {
  const partition = { number: 1, startBytes: START, sizeBytes: MEMBER_BYTES, attributes: '0'.repeat(16), name: '' }
  const partitions = [{ ...partition, typeId: LINUX, id: randomUUID() }]
  const table = { kind: 'gpt', id: randomUUID(), entryCount: 128, firstUsableBytes: START, partitions, bootCode: '' } as const
  const disk = Buffer.alloc(DISK_BYTES)
  for (const { offset, bytes } of encodeGpt(table, { sizeBytes: DISK_BYTES, sectorBytes: 512 })) disk.set(bytes, offset)
  return disk
}

/** Label and text of a group without volumes; neither stands where an ext has its superblock (lvm2, lib/format_text/layout.h). */
function emptyGroup(): { readonly label: Buffer; readonly area: Buffer } {
  const id = 'abcdef-ghij-klmn-opqr-stuv-wxyz-012345'
  const volume = `pv0 { id = "${id}" pe_start = 2048 pe_count = 1 }`
  const text = `vg { id = "${id}" seqno = 1 extent_size = 2048 physical_volumes { ${volume} } }`
  const label = Buffer.alloc(512)
  label.write('LABELONE', 0, 'latin1')
  label.writeUInt32LE(32, 20)
  label.write('LVM2 001', 24, 'latin1')
  label.write(id.replaceAll('-', ''), 32, 'latin1')
  for (const [at, value] of [
    [72, MiB],
    [104, TEXT_AREA],
    [112, 4096],
  ] as const)
    label.writeBigUInt64LE(BigInt(value), at)
  const area = Buffer.alloc(2048)
  area.write(' LVM2 x[5A%r0N*>', 4, 'latin1')
  for (const [at, value] of [
    [32, 4096],
    [40, 512],
    [48, text.length],
  ] as const)
    area.writeBigUInt64LE(BigInt(value), at)
  area.write(text, 512, 'latin1')
  return { label, area }
}

/** Files have no partitions of their own, and nobody makes devices of them. */
const UNCHECKED = async () => ({ kind: 'unchecked', reason: 'it lies in files' }) as const
const IMAGING = {
  ...linuxImaging,
  announcePartitions: async () => undefined,
  kernelPartitions: async () => undefined,
  writeCount: async () => undefined,
  dropCaches: async () => undefined,
  discard: async () => 0,
  checkFilesystemOf: UNCHECKED,
}
const TOOLS = { disks: linuxDisks, imaging: IMAGING }

describe('arrays over several disks', () => {
  let directory: string
  let appliance: ImageAppliance
  let url: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'platen-members-'))
    appliance = await imageAppliance({ dataDir: join(directory, 'data') })
    url = await appliance.listen()
  })

  afterAll(async () => {
    await appliance?.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function disksOf(names: string, content: (name: string) => Buffer): Promise<Disk[]> {
    const sectors = { logicalSectorBytes: 512, physicalSectorBytes: 512 }
    const rest = { isRotational: false, isRemovable: false, isReadOnly: false, sizeBytes: DISK_BYTES, ...sectors }
    const disks = [...names].map((name) => ({ ...rest, devicePath: join(directory, name), serial: `disk-${name}` }))
    for (const { devicePath } of disks) await writeFile(devicePath, content(devicePath))
    return disks
  }

  const laidOut = (count: number): Promise<Disk[]> => disksOf('abc'.slice(0, count), diskWithPartition)

  async function contentOf(holds: Row['holds']): Promise<Buffer> {
    const [file, files] = [join(directory, 'content'), join(directory, 'files')]
    await sh(`rm -rf ${file} ${files}; mkdir ${files}; truncate -s ${CONTENT_BYTES} ${file}`)
    for (let index = 0; index < 9; index++) await writeFile(join(files, `file${index}`), randomBytes(1000 + index * 20_000))
    await sh(
      holds === 'fat' ? `mkfs.vfat ${file} >/dev/null; mcopy -i ${file} ${files}/* ::` : `mkfs.ext4 -q -d ${files} ${file}`,
    )
    const table = join(directory, 'table')
    if (holds !== 'a table') return readFile(file)
    await sh(`rm -f ${table}; truncate -s 6M ${table}; printf 'label: gpt\\nstart=2048, size=4M\\n' | sfdisk --quiet ${table}`)
    return Buffer.concat([(await readFile(table)).subarray(0, MiB), await readFile(file)])
  }

  const chosen = (disks: readonly Disk[]) => {
    const [disk, ...moreDisks] = disks.map(({ serial }) => ({ serial: serial! }))
    return { disk: disk!, moreDisks }
  }
  const pathsOf = (disks: readonly Disk[]) => disks.map(({ devicePath }) => devicePath)

  it.each(ROWS)('$name', async ({ array, holds, says, lost = [] }) => {
    const disks = await laidOut(array.memberCount)
    const bytes = await contentOf(holds)
    const place = { startBytes: START, memberBytes: MEMBER_BYTES }
    await writeArray(array, { ...place, paths: pathsOf(disks), lost }, bytes)
    const there = disks.filter((_, member) => !lost.includes(member))
    const agent = new ImagingAgent(url, TOOLS)
    const { imageVersion } = await agent.capture(there, chosen(there))
    expect(agent.log.join('\n')).toMatch(says)
    const version = appliance.images.find('disk', imageVersion!)
    expect(version.usedBytes).toBeLessThan((there.length * MEMBER_BYTES) / 2)

    const copies = await disksOf('xyz'.slice(0, there.length), () => randomBytes(DISK_BYTES))
    const wishes = { ...chosen(copies), eraseForeignData: true }
    await agent.deploy(copies, version, wishes)
    await agent.verify(copies, version, wishes)
    const left = pathsOf(copies)
    const paths = disks.map((_, member) => (lost.includes(member) ? undefined : left.shift()))
    const back = await readArray(array, { ...place, paths }, { offset: 0, length: bytes.length })
    await writeFile(join(directory, 'back'), holds === 'a table' ? back.subarray(MiB) : back)
    await sh(filesAreThere(holds))
    for (const { devicePath } of copies) {
      const part = join(directory, 'part')
      await writeFile(part, (await readFile(devicePath)).subarray(START, START + MEMBER_BYTES))
      const said = await sh(`mdadm --examine ${part}`)
      expect(said).toContain('Name : box:test')
      // Not clean: whoever starts it makes its members equal.
      expect(said).toContain(array.level === 5 ? 'State : active' : 'State : clean')
    }
  })

  const filesAreThere = (holds: Row['holds']) => `cd ${directory}; rm -rf back.d; mkdir back.d
    ${holds === 'fat' ? 'fsck.fat -n back >/dev/null; mcopy -i back ::* back.d' : 'e2fsck -fn back 2>&1; debugfs -R "rdump / back.d" back 2>/dev/null; rm -rf back.d/lost+found'}
    diff -r files back.d`

  it.each<[string, string, RegExp, number, (paths: readonly string[]) => Promise<unknown>]>([
    [
      'a member on a disk that is not named',
      'IMAGE_MEMBERS_MISSING',
      /1 of them are not on the disks/,
      1,
      (paths) =>
        writeArray(
          { metadata: '1.2', level: 1, memberCount: 2 },
          { paths, startBytes: START, memberBytes: MEMBER_BYTES, lost: [] },
          Buffer.alloc(4096),
        ),
    ],
    [
      'an array that holds a volume group and a filesystem, of which one is an earlier one',
      'IMAGE_CONTENT_UNKNOWN',
      /the array box:test \(.* holds ext and also LVM|the array box:test \(.* holds LVM and also ext/,
      2,
      async (paths) => {
        const content = await contentOf('ext')
        const { label, area } = emptyGroup()
        label.copy(content, 512)
        area.copy(content, TEXT_AREA)
        await writeArray(
          { metadata: '1.2', level: 1, memberCount: 2 },
          { paths, startBytes: START, memberBytes: MEMBER_BYTES, lost: [] },
          content,
        )
      },
    ],
    [
      'LUKS',
      'IMAGE_CONTENT_ENCRYPTED',
      /LUKS 2: which of its/,
      2,
      ([a]) => put(a!, 0, Buffer.from('LUKS\xba\xbe\0\x02', 'latin1')),
    ],
    [
      'an older LUKS',
      'IMAGE_CONTENT_ENCRYPTED',
      /LUKS 1: which of its/,
      2,
      ([a]) => put(a!, 0, Buffer.from('LUKS\xba\xbe\0\x01', 'latin1')),
    ],
    [
      'bcache',
      'IMAGE_CONTENT_UNKNOWN',
      /holds bcache/,
      2,
      ([a]) => put(a!, 4120, Buffer.from('c68573f64e1a45ca8265f57f48ba6d81', 'hex')),
    ],
    [
      'a disk of a ZFS pool',
      'IMAGE_CONTENT_UNKNOWN',
      /holds ZFS/,
      2,
      async ([a]) => {
        for (const slot of [0, 1, 2, 3, 4]) await put(a!, (128 + slot) * 1024, Buffer.from('0cb1ba0000000000', 'hex'))
      },
    ],
  ])('is refused, and taken whole when the job says so: %s', async (_name, code, message, count, make) => {
    const disks = await laidOut(2)
    await make(pathsOf(disks))
    const named = disks.slice(0, count)
    const agent = new ImagingAgent(url, TOOLS)
    await expect(agent.capture(named, chosen(named))).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    const { imageVersion } = await agent.capture(named, { ...chosen(named), includeUnknown: true })
    expect(appliance.images.find('disk', imageVersion!).usedBytes).toBeGreaterThanOrEqual(MEMBER_BYTES)
  })

  async function put(path: string, at: number, bytes: Buffer): Promise<void> {
    const all = await readFile(path)
    bytes.copy(all, START + at)
    await writeFile(path, all)
  }
})
