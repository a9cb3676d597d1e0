// How a disk is read: every candidate, then one of them or a refusal that names all.
import { describe, expect, it } from 'vitest'
import type { ReadAs } from '../../src/contract/image.ts'
import { type ChosenReading, chooseReading } from '../../src/imaging/choose-reading.ts'
import { encodeGpt } from '../../src/imaging/gpt.ts'
import { collectReadings } from '../../src/imaging/readings.ts'
import { type MbrEntry, MemoryDisk, mbrSector } from '../fakes/memory-disk.ts'

const MiB = 1024 * 1024
const SIZE = 64 * MiB
const GUID = '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'
const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4'

const blank = () => new MemoryDisk(SIZE)
const one: MbrEntry = { type: 0x83, start: 2048, count: 40_960 }
const mbr = (entries: readonly MbrEntry[] = [one]) => blank().write(0, mbrSector(entries))

function gpt(
  on = blank(),
  {
    parts = 1,
    sectorBytes = 512,
    entriesStartBytes = 2 * sectorBytes,
  }: { parts?: number; sectorBytes?: 512 | 4096; entriesStartBytes?: number } = {},
): MemoryDisk {
  const partitions = Array.from({ length: parts }, (_, index) => ({
    number: index + 1,
    startBytes: (1 + 8 * index) * MiB,
    sizeBytes: 8 * MiB,
    typeId: LINUX,
    id: GUID,
    attributes: '0'.repeat(16),
    name: `p${index}`,
  }))
  const elsewhere = entriesStartBytes === 2 * sectorBytes ? {} : { entriesStartBytes }
  const table = { kind: 'gpt', id: GUID, entryCount: 128, firstUsableBytes: MiB, partitions, bootCode: '', ...elsewhere } as const
  for (const { offset, bytes } of encodeGpt(table, { sizeBytes: on.sizeBytes, sectorBytes })) on.write(offset, bytes)
  return on
}

const ext = (disk: MemoryDisk, at = 0) =>
  disk
    .write(at + 1028, Buffer.from([0, 1, 0, 0]))
    .text(at + 1080, '\x53\xef')
    .write(at + 1100, Buffer.from([1, 0, 0, 0]))
const fat = (disk: MemoryDisk, at = 0) =>
  disk.write(at + 11, Buffer.from([0, 2, 4, 1, 0, 2, 0, 2, 0, 0, 0xf8])).text(at + 54, 'FAT16   ')
function md(disk: MemoryDisk, at: number, own = at): MemoryDisk {
  const block = Buffer.alloc(256)
  block.write('\xfc\x4e\x2b\xa9\x01', 'latin1')
  block.writeBigUInt64LE(BigInt(own / 512), 144)
  return disk.write(at, block)
}

const zfs = (disk: MemoryDisk, at: number) => {
  for (let slot = 0; slot < 4; slot++) disk.text(at + slot * 4096, '\x0c\xb1\xba\x00\0\0\0\0')
  return disk
}

async function read(disk: MemoryDisk, as?: ReadAs, said: 512 | 4096 | 'unsaid' = 512): Promise<ChosenReading> {
  const sectorBytes = said === 'unsaid' ? undefined : said
  return chooseReading(await collectReadings(disk.read, { sizeBytes: disk.sizeBytes, sectorBytes }), as, sectorBytes)
}

const damage = (disk: MemoryDisk, at: number) => disk.write(at, Buffer.from('damaged!'))
const LAST = SIZE - 512
const backupOf = (disk: MemoryDisk): Buffer => disk.bytes(SIZE - 33 * 512, 33 * 512)

describe('one reading', () => {
  it.each([
    ['GPT', gpt(), 'gpt', /^$/],
    ['GPT with a damaged backup, said', damage(gpt(), LAST), 'gpt', /backup copy .* cannot be used/],
    ['GPT out of its backup, said', damage(gpt(), 512), 'gpt', /primary .* is damaged .* backup copy .* is taken/],
    ['GPT whose primary entries are damaged', damage(gpt(), 1024), 'gpt', /backup copy .* is taken/],
    ['MBR', mbr(), 'mbr', /^$/],
    ['MBR over an old GPT, which is said', gpt().write(0, mbrSector([one])), 'mbr', /not taken: a GUID partition table/],
    ['ext on the whole disk', ext(blank()), 'filesystem', /^$/],
    ['FAT with an empty table in its boot sector', fat(blank().write(0, mbrSector([]))), 'filesystem', /^$/],
    [
      'FAT that pretends to be one partition of all',
      fat(blank().write(0, mbrSector([{ type: 0x0e, start: 0, count: 9 }]))),
      'filesystem',
      /^$/,
    ],
    ['a RAID member without anything else', md(blank(), 4096), 'filesystem', /^$/],
    ['MBR whose first partition has the RAID', md(mbr(), 2048 * 512, 0), 'mbr', /^$/],
    [
      'MBR whose partition ends with the disk and is a member',
      md(mbr([{ type: 0xfd, start: 2048, count: 129_024 }]), SIZE - 8192),
      'mbr',
      /^$/,
    ],
  ] as const)('%s', async (_name, disk, as, says) => {
    const reading = await read(disk)
    expect(reading).toMatchObject({ as, isSaid: false })
    expect(reading.notes.join('\n')).toMatch(says)
  })

  it('the entries of a GPT stay where they are, also out of the backup', async () => {
    for (const disk of [gpt(blank(), { entriesStartBytes: 20_480 }), damage(gpt(blank(), { entriesStartBytes: 20_480 }), 512)]) {
      const { table, places } = await read(disk)
      expect(table).toMatchObject({ kind: 'gpt', entriesStartBytes: 20_480 })
      expect(places).toContainEqual({ offset: 20_480, length: 16_384 })
      const [front, entries] = encodeGpt(table as never, { sizeBytes: SIZE, sectorBytes: 512 })
      expect([front!.bytes.length, entries!.offset]).toEqual([1024, 20_480])
    }
  })

  it('a first sector that is more than a protective MBR is kept as it is', async () => {
    const active = mbrSector([{ type: 0xee, start: 1, count: SIZE / 512 - 1, status: 0x80 }, one])
    const { table } = await read(gpt().write(0, active))
    expect(encodeGpt(table as never, { sizeBytes: SIZE, sectorBytes: 512 })[0]!.bytes.subarray(0, 512)).toEqual(active)
    expect((await read(gpt())).table).not.toHaveProperty('firstSector')
  })
})

describe('two readings are refused, and a person chooses', () => {
  it.each([
    ['ext and MBR', ext(mbr()), [/MBR partition table/, /ext on the whole disk/], 'mbr'],
    ['FAT and MBR in one sector', fat(mbr()), [/MBR/, /fat on the whole disk/], 'filesystem'],
    ['FAT and GPT', fat(gpt()), [/GUID/, /fat/], 'gpt'],
    ['FAT and RAID 1.0', md(fat(blank()), SIZE - 8192), [/fat/, /md RAID 1\.0/], 'filesystem'],
    [
      'MBR and RAID 0.90',
      mbr().write(SIZE - 65_536, Buffer.from('\xfc\x4e\x2b\xa9\0\0\0\0\x5a\0\0\0', 'latin1')),
      [/MBR/, /md RAID 0\.90/],
      'mbr',
    ],
    ['MBR and Intel RAID', mbr().text(SIZE - 1024, 'Intel Raid ISM Cfg Sig. 1.3'), [/MBR/, /Intel RAID/], 'mbr'],
    [
      'MBR and Adaptec RAID',
      mbr()
        .text(LAST, '\x37\xfc\x4d\x1e')
        .text(LAST + 256, 'DPTM'),
      [/MBR/, /Adaptec/],
      'mbr',
    ],
    ['MBR and Silicon Image RAID', mbr().text(LAST + 0x60, '\0\0\0\x2f'), [/MBR/, /Silicon Image/], 'mbr'],
    ['MBR and an Apple map', mbr().text(0, 'ER').text(512, 'PM'), [/MBR/, /Apple partition map/], 'mbr'],
    ['MBR and DDF', mbr().text(LAST, '\xde\x11\xde\x11'), [/MBR/, /DDF/], 'mbr'],
    ['MBR and ZFS at the end', zfs(mbr(), SIZE - 262_144 + 131_072), [/MBR/, /ZFS/], 'mbr'],
    ['MBR and LDM', mbr([{ ...one, type: 0x42 }]), [/MBR/, /dynamic disk/], 'raw'],
    ['ext and LVM', ext(blank()).text(512, 'LABELONE'), [/ext/, /LVM/], 'filesystem'],
    ['XFS and Btrfs', blank().text(0, 'XFSB').text(65_600, '_BHRfS_M'), [/xfs/, /btrfs/], 'raw'],
    [
      'a GPT and another one in its backup',
      gpt(blank(), { parts: 2 }).write(SIZE - 33 * 512, backupOf(gpt())),
      [/with 2 partitions/, /with 1 other/],
      'gpt',
    ],
    ['a GPT by other sectors', gpt(blank(), { sectorBytes: 4096 }), [/sectors of 4096 bytes/, /512/], 'raw'],
    ['an MBR by other sectors', ext(mbr([{ type: 0x83, start: 256, count: 5000 }]), MiB), [/512 bytes/, /4096 bytes/], 'raw'],
  ] as const)('%s', async (_name, disk, says, as) => {
    const refused = await read(disk).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'IMAGE_READINGS_DISAGREE', hint: expect.stringContaining('--as') })
    for (const pattern of says) expect((refused as Error).message).toMatch(pattern)
    expect(await read(disk, as)).toMatchObject({ as, isSaid: true })
  })

  it.each([
    ['a GPT that nobody has', blank().write(0, mbrSector([{ type: 0xee, start: 1, count: 9 }])), 'IMAGE_TABLE_INVALID'],
    ['a GPT that is damaged twice', damage(damage(gpt(), 530), LAST + 20), 'IMAGE_TABLE_INVALID'],
    [
      'two extended partitions',
      mbr([
        { type: 5, start: 2048, count: 100 },
        { type: 0x0f, start: 9000, count: 100 },
      ]),
      'IMAGE_TABLE_UNSUPPORTED',
    ],
    ['a GPT that sector 0 does not announce', gpt().write(0, Buffer.alloc(512)), 'IMAGE_TABLE_UNSUPPORTED'],
    ['nothing', blank(), 'IMAGE_TABLE_UNSUPPORTED'],
  ] as const)('%s is refused, and can be taken raw', async (_name, disk, code) => {
    await expect(read(disk)).rejects.toMatchObject({ code })
    expect((await read(disk, 'raw')).table).toEqual({ kind: 'none' })
  })

  it('a GPT that is not announced is taken when a person says so', async () => {
    const { table } = await read(gpt().write(0, mbrSector([one])), 'gpt')
    expect(table).toMatchObject({ kind: 'gpt', firstSector: mbrSector([one]).toString('base64') })
  })

  it('what is not there cannot be chosen', async () => {
    for (const as of ['mbr', 'filesystem'] as const)
      await expect(read(gpt(), as)).rejects.toMatchObject({
        code: 'IMAGE_TABLE_UNSUPPORTED',
        message: expect.stringContaining('GUID'),
      })
  })
})

describe('the sectors of a file', () => {
  const small: MbrEntry = { type: 0x83, start: 256, count: 1000 }
  it.each([
    ['a GPT by 512', gpt(), 512],
    ['a GPT by 4096', gpt(blank(), { sectorBytes: 4096 }), 4096],
    ['an MBR that can be by 512 alone', mbr([{ type: 0x83, start: 2048, count: 100_000 }]), 512],
    ['an MBR with a filesystem where 4096 has it', ext(mbr([small]), MiB), 4096],
    ['an MBR with a filesystem where 512 has it', ext(mbr([small]), 128 * 1024), 512],
    ['a filesystem', ext(blank()), 512],
  ] as const)('%s', async (_name, disk, want) => {
    expect((await read(disk, undefined, 'unsaid')).sectorBytes).toBe(want)
  })

  it('are asked for when both can be true', async () => {
    await expect(read(mbr([small]), undefined, 'unsaid')).rejects.toMatchObject({
      code: 'IMAGE_READINGS_DISAGREE',
      hint: expect.stringContaining('--sector-size'),
    })
    expect((await read(mbr([small]), undefined, 512)).sectorBytes).toBe(512)
  })
})
