// No bytes of any disk end anything but with an AppError, cost more than bounded time and memory, or make a plan that leaves its disk.
// PLATEN_DISK_BYTES=1000000 runs the long version.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MANIFEST_FORMAT } from '../../src/contract/image.ts'
import { diskManifestOf, planCapture } from '../../src/imaging/capture-plan.ts'
import { chooseReading } from '../../src/imaging/choose-reading.ts'
import { identifySignature, signatureOf, swapHeaderBytes } from '../../src/imaging/disk-signature.ts'
import { filesystemId } from '../../src/imaging/filesystem-id.ts'
import { factsOf } from '../../src/imaging/filesystems/facts.ts'
import { decodeLvmLabel, metadataTextRanges } from '../../src/imaging/lvm-label.ts'
import { lvmGroupOf } from '../../src/imaging/lvm-volumes.ts'
import { decodeManifest, encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { outsideRanges } from '../../src/imaging/outside.ts'
import { collectReadings } from '../../src/imaging/readings.ts'
import { signaturesIn } from '../../src/imaging/signatures.ts'
import { uncleanReason } from '../../src/imaging/unclean.ts'
import { edge64, MiB, MOST_ASKED_BYTES, orAppError, PATIENCE_MS, RUNS, staysOnDisk } from '../fakes/any-bytes.ts'
import { gptEntry, gptHeader, MemoryDisk, mbrSector } from '../fakes/memory-disk.ts'

vi.setConfig({ testTimeout: PATIENCE_MS })

/** A partition that can be true, mostly. */
const span = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 40, max: 9000 }), fc.nat(3000))
      .map(([start, more]) => [BigInt(start), BigInt(start + more)] as const),
  },
  { weight: 1, arbitrary: fc.tuple(edge64, edge64) },
)
const mostly = <T>(value: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other })
const edge32 = fc.oneof(fc.constantFrom(0, 1, 63, 2048, 8192, 0xffff_ffff), fc.nat(5000), fc.nat(0xffff_ffff))
const sectorSize = fc.constantFrom(512, 4096)

const mbr = fc
  .array(
    fc.record({
      type: fc.constantFrom(0, 5, 0x83, 0x83, 0x0f, 0x42, 0xee, 0x41, 7),
      start: fc.oneof(fc.nat(9000), edge32),
      count: fc.oneof(fc.nat(9000), edge32),
      status: mostly(0, fc.constantFrom(0x80, 0x80, 1)),
    }),
    { maxLength: 4 },
  )
  .map((entries) => mbrSector(entries))

const lie = fc
  .record({
    sectorBytes: sectorSize,
    ownLba: mostly(1n, edge64),
    otherLba: fc.oneof(fc.constant(2047n), edge64),
    entriesLba: mostly(2n, edge64),
    firstUsableLba: mostly(34n, edge64),
    entryCount: mostly(128, fc.oneof(fc.constantFrom(0, 1, 4, 4096, 4097, 0xffff_ffff), fc.nat(200))),
    entryBytes: fc.constantFrom(128, 128, 128, 0, 56, 256, 0xffff_ffff),
    parts: fc.array(span, { maxLength: 4 }),
  })
  .map(({ parts, ...rest }) => {
    const length = Math.min(rest.entryCount, 4096) * 128
    const entries = Buffer.concat([...parts.map(([start, end]) => gptEntry(start, end)), Buffer.alloc(length)]).subarray(
      0,
      length,
    )
    return { ...rest, entries, header: gptHeader({ ...rest, entries }) }
  })

const MAGICS: readonly (readonly [number, string])[] = [
  [1080, '\x53\xef'],
  [0, 'XFSB'],
  [3, 'NTFS    '],
  [65_600, '_BHRfS_M'],
  [4086, 'SWAPSPACE2'],
  [512, 'LABELONE'],
  [4096, '\xfc\x4e\x2b\xa9\x01\0\0\0'],
  [131_072, '\x0c\xb1\xba\x00\0\0\0\0'],
  [54, 'FAT16   '],
]

const disk = fc
  .record({
    sectors: fc.integer({ min: 1, max: 40_000 }),
    sector0: fc.oneof(mbr, fc.constant(mbrSector([{ type: 0xee, start: 1, count: 99 }])), fc.uint8Array({ maxLength: 512 })),
    records: fc.array(fc.tuple(fc.nat(9000), mbr), { maxLength: 5 }),
    lies: fc.array(fc.tuple(lie, fc.oneof(fc.constantFrom(1n, 1n, -1n), edge64)), { maxLength: 3 }),
    magics: fc.array(fc.tuple(fc.constantFrom(...MAGICS), fc.nat(3)), { maxLength: 1 }),
    noise: fc.array(fc.tuple(fc.nat(300_000), fc.uint8Array({ maxLength: 40 })), { maxLength: 4 }),
  })
  .map(({ sectors, sector0, records, lies, magics, noise }) => {
    const memory = new MemoryDisk(sectors * 512).write(0, sector0)
    for (const [at, bytes] of records) memory.write(at * 512, bytes)
    for (const [{ sectorBytes, header, entries, entriesLba }, lba] of lies) {
      const at = lba === -1n ? Math.floor(memory.sizeBytes / sectorBytes) - 1 : Number(lba)
      memory.write(at * sectorBytes, header).write(Number(entriesLba) * sectorBytes, entries.subarray(0, 1024))
    }
    for (const [[at, value], block] of magics) memory.text(at + block * MiB, value)
    for (const [at, bytes] of noise) memory.write(at, bytes)
    return memory
  })

describe('whatever stands on a disk', () => {
  it('is read, or refused, and what is planned stays on the disk', async () => {
    const property = fc.asyncProperty(
      disk,
      fc.constantFrom(512 as const, 4096 as const, undefined),
      fc.constantFrom(
        'gpt' as const,
        'mbr' as const,
        'filesystem' as const,
        'raw' as const,
        undefined,
        undefined,
        undefined,
        undefined,
      ),
      fc.integer({ min: 50, max: 300 }),
      async (memory, sectorBytes, as, percent) => {
        const { sizeBytes } = memory
        const reading = await orAppError(async () =>
          chooseReading(await collectReadings(memory.read, { sizeBytes, sectorBytes }), as, sectorBytes),
        )
        expect(memory.mostAsked).toBeLessThan(MOST_ASKED_BYTES)
        expect(memory.reads).toBeLessThan(3000)
        if (reading === undefined) return
        const geometry = { sizeBytes: sizeBytes - (sizeBytes % reading.sectorBytes), sectorBytes: reading.sectorBytes }
        const { table } = reading
        const outside = outsideRanges(table, reading.places, geometry)
        const parts = table.kind === 'none' ? [{ number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes }] : table.partitions
        // What reaches out of the disk is refused by the capture before anything is planned.
        if (parts.some((part) => part.startBytes + part.sizeBytes > geometry.sizeBytes)) return
        const contents = [
          { number: 0, startBytes: 0, sizeBytes: geometry.sizeBytes, content: 'raw' as const, used: outside },
          ...parts.map(({ number, startBytes, sizeBytes: length }) => ({
            ...{ number, startBytes, sizeBytes: length, content: 'raw' as const },
            used: [{ offset: 0, length: Math.min(length, 8192) }],
          })),
        ]
        await orAppError(() => {
          const plan = planCapture({ geometry, table, contents })
          const manifest = diskManifestOf(plan, { digests: plan.spans.map(() => 'ab'.repeat(32)), composed: [] })
          const read = decodeManifest(encodeManifest({ format: MANIFEST_FORMAT, disks: [manifest] }))
          const size = Math.floor((geometry.sizeBytes * percent) / 100 / 4096) * 4096
          staysOnDisk(read.disks[0]!, { sizeBytes: size, sectorBytes: geometry.sectorBytes })
        })
      },
    )
    await fc.assert(property, RUNS)
  })

  it('has signatures that are found, or not, at any length of what was read', () => {
    const bytes = fc
      .record({
        length: fc.nat(140_000),
        magics: fc.array(fc.constantFrom(...MAGICS), { maxLength: 4 }),
        noise: fc.uint8Array({ maxLength: 200 }),
        at: fc.nat(4000),
      })
      .map(({ length, magics, noise, at }) => {
        const head = Buffer.alloc(length)
        for (const [offset, value] of magics) head.write(value, Math.min(offset, length), 'latin1')
        head.set(noise.subarray(0, Math.max(0, length - at)), Math.min(at, length))
        return head
      })
    fc.assert(
      fc.property(bytes, fc.nat(4 * MiB), (head, more) => {
        const found = signaturesIn({ sizeBytes: head.length + more, head, tail: head.subarray(Math.floor(head.length / 2)) })
        const signature = signatureOf(found, head)
        for (const { offset } of found) expect(offset).toBeGreaterThanOrEqual(0)
        for (const each of [signature, identifySignature(head)]) if (each.kind === 'known') uncleanReason(each.content, head)
        filesystemId(head)
        swapHeaderBytes(head)
        for (const content of ['ext', 'xfs', 'btrfs', 'fat', 'exfat', 'ntfs', 'f2fs', 'swap'] as const) factsOf(content, head)
      }),
      RUNS,
    )
  })
})

describe('whatever stands in LVM metadata', () => {
  const word = fc.constantFrom(
    'vg',
    'id',
    'pe_start',
    'physical_volumes',
    'logical_volumes',
    'segment1',
    'extent_size',
    'extent_count',
    'stripe_count',
    'type',
    'pv0',
    '__proto__',
    'constructor',
  )
  const value = fc.oneof(
    fc.constantFrom(
      '"id-1"',
      '"striped"',
      '0',
      '1',
      '-5',
      '8192',
      '1e9',
      '99999999999999999999',
      '["pv0", 0]',
      '["pv0", -3]',
      '[',
      ']',
      '"',
    ),
    fc.string({ maxLength: 8 }),
  )
  const piece = fc.oneof(
    fc.tuple(word, value).map(([name, text]) => `${name} = ${text}\n`),
    word.map((name) => `${name} {\n`),
    fc.constant('}\n'),
    fc.string({ maxLength: 10 }),
  )
  const plain = `vg { id = "x" extent_size = 8192 physical_volumes { pv0 { id = "id-1" pe_start = 2048 pe_count = 100 } } logical_volumes { root { segment1 {
    start_extent = 0 extent_count = COUNT type = "striped" stripe_count = STRIPES stripes = ["pv0", AT] } } } }`

  it('is understood with pieces on its device, or not at all', () => {
    const texts = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc
        .tuple(value, value, value)
        .map(([count, stripes, at]) => plain.replace('COUNT', count).replace('STRIPES', stripes).replace('AT', at)),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const group = lvmGroupOf(text, 'id-1')
        const ends = new Map(group?.physicalVolumes.map(({ name, endBytes }) => [name, endBytes]))
        for (const { length, stripes } of group?.volumes.flatMap(({ parts }) => parts) ?? []) {
          for (const { on, offset } of stripes) {
            expect(offset).toBeGreaterThanOrEqual(0)
            expect(offset + length / stripes.length).toBeLessThanOrEqual(ends.get(on)!)
          }
        }
      }),
      RUNS,
    )
  })

  it.each([
    ['sections', 'a { '.repeat(200_000)],
    ['lists', `a = ${'['.repeat(200_000)}`],
    ['a text without an end', `a = "${'x\\\\'.repeat(400_000)}`],
  ])('is no reason to fall over: %s without an end', async (_name, text) => {
    expect(await orAppError(() => lvmGroupOf(text, 'id-1'))).toBeUndefined()
  })

  it('never asks for more than a metadata area has', () => {
    fc.assert(
      fc.property(fc.array(edge64, { minLength: 20, maxLength: 60 }), fc.nat(3), (numbers, sector) => {
        const bytes = Buffer.alloc(2048)
        for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(number, index * 8)
        for (const text of metadataTextRanges(Buffer.concat([Buffer.from('0000 LVM2 x[5A%r0N*>'), Buffer.alloc(12), bytes])) ??
          []) {
          expect(text.length).toBeLessThanOrEqual(MOST_ASKED_BYTES)
          expect(text.offset).toBeLessThanOrEqual(MOST_ASKED_BYTES)
        }
        bytes.write('LABELONE', sector * 512, 'latin1')
        bytes.write('LVM2 001', sector * 512 + 24, 'latin1')
        decodeLvmLabel(bytes)
      }),
      RUNS,
    )
  })
})
