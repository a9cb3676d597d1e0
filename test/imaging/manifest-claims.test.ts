// A manifest is refused for what it claims before anything is made of the claim.
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DiskManifest } from '../../src/contract/image.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { encodeExtents } from '../../src/imaging/extents-codec.ts'
import { decodeManifest, encodeManifest, expandManifest, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { manifestOf } from '../fakes/small-manifest.ts'

const PETABYTE = 2 ** 50
const MiB = 1024 * 1024
const GUID = '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'
const whole = manifestOf(['ab'.repeat(32)])

function withDisk(change: Partial<DiskManifest>): Buffer {
  return encodeManifest({ ...whole, disks: [{ ...whole.disks[0]!, ...change }] })
}

const gpt = (change: object, partition: object = {}): Partial<DiskManifest> => ({
  table: {
    kind: 'gpt',
    id: GUID,
    entryCount: 128,
    firstUsableBytes: 34 * 512,
    bootCode: '',
    partitions: [
      {
        number: 1,
        startBytes: MiB,
        sizeBytes: MiB,
        typeId: GUID,
        id: GUID,
        attributes: '0'.repeat(16),
        name: 'a',
        ...partition,
      },
    ],
    ...change,
  },
})

const sector = Buffer.alloc(512).toString('base64')
const mbr = (records: { startBytes: number; bytes: string }[], extended: object = {}): Partial<DiskManifest> => ({
  table: {
    kind: 'mbr',
    id: '12345678',
    partitions: [{ number: 1, startBytes: MiB, sizeBytes: 8 * MiB, typeId: 5, isContainer: true, ...extended }],
    records,
  },
})

const CLAIMS: readonly (readonly [string, Partial<DiskManifest>])[] = [
  ['petabytes in use on a disk of 16 MiB', { extents: encodeExtents([{ offset: 0, length: PETABYTE }]), usedBytes: PETABYTE }],
  [
    'petabytes in use on a disk that is said to have them',
    { sizeBytes: PETABYTE, extents: encodeExtents([{ offset: 0, length: PETABYTE }]), usedBytes: PETABYTE, chunkBytes: 65_536 },
  ],
  ['a use far behind the end', { sizeBytes: PETABYTE, extents: encodeExtents([{ offset: PETABYTE - MiB, length: 2 * MiB }]) }],
  ['chunks that are not made of pages', { chunkBytes: 65_537 }],
  ['a disk of half a sector', { sizeBytes: 8 * CHUNK_BYTES + 7 }],
  ['an entry that has no place in the table', gpt({}, { number: 129 })],
  ['a partition behind the disk', gpt({}, { sizeBytes: PETABYTE })],
  ['a partition that begins inside a sector', gpt({}, { startBytes: MiB + 1 })],
  ['entries behind the disk', gpt({ entriesStartBytes: PETABYTE })],
  ['entries on top of a partition', gpt({ entriesStartBytes: MiB })],
  ['entries on top of the header', gpt({ entriesStartBytes: 512 })],
  ['a first usable byte inside a sector', gpt({ firstUsableBytes: 777 })],
  ['a first sector of another size', gpt({ firstSector: Buffer.alloc(4096).toString('base64') })],
  ['boot code as long as a disk', gpt({ bootCode: Buffer.alloc(5000).toString('base64') })],
  [
    'a record behind the disk',
    mbr([
      { startBytes: 0, bytes: sector },
      { startBytes: PETABYTE, bytes: sector },
    ]),
  ],
  [
    'a record outside of the extended partition',
    mbr([
      { startBytes: 0, bytes: sector },
      { startBytes: 512, bytes: sector },
    ]),
  ],
  ['a record of no bytes', mbr([{ startBytes: 0, bytes: '' }])],
  ['records that begin elsewhere', mbr([{ startBytes: 512, bytes: sector }])],
]

describe('a manifest that claims', () => {
  it.each(CLAIMS)('%s is refused, and costs nothing', (_name, change) => {
    const before = process.memoryUsage().heapUsed
    expect(() => decodeManifest(withDisk(change))).toThrow(expect.objectContaining({ code: 'IMAGE_MANIFEST_INVALID' }))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * MiB)
  })

  it('what is true is taken', () => {
    expect(decodeManifest(encodeManifest(whole))).toEqual(whole)
  })

  it('is refused as well by whoever unpacks it without a check', () => {
    const claim = { extents: encodeExtents([{ offset: 0, length: PETABYTE }]), sizeBytes: PETABYTE }
    expect(() => unpackDisk({ ...whole.disks[0]!, ...claim })).toThrow(
      expect.objectContaining({ code: 'IMAGE_MANIFEST_INVALID' }),
    )
  })

  it('a few bytes that decompress to a gigabyte are refused', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(512 * MiB))
    expect(bomb.length).toBeLessThan(64 * 1024)
    await expect(expandManifest(bomb)).rejects.toMatchObject({ code: 'IMAGE_MANIFEST_INVALID' })
    await expect(expandManifest(zstdCompressSync(encodeManifest(whole)))).resolves.toEqual(whole)
  })
})
