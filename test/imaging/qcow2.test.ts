// qcow2 as we write it comes back as it was; compressed clusters and refusals by files made by hand.
import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layOutQcow2, QCOW2_CLUSTER_BYTES, type Qcow2Stretch } from '../../src/imaging/qcow2-layout.ts'
import { readQcow2 } from '../../src/imaging/qcow2-reader.ts'

const CLUSTER = QCOW2_CLUSTER_BYTES
const readerOf = (file: Buffer) => async (offset: number, length: number) => file.subarray(offset, offset + length)

async function contentOf(file: Buffer): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>()
  for await (const { offset, bytes } of (await readQcow2(readerOf(file))).clusters()) found.set(offset, Buffer.from(bytes))
  return found
}

/** Stretches with gaps in front and holes inside, up to a disk of 4 GiB: several second tables. */
const stretches: fc.Arbitrary<Qcow2Stretch[]> = fc
  .array(
    fc.record({ gap: fc.oneof(fc.nat(40), fc.nat(20_000)), holds: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }) }),
    { maxLength: 6 },
  )
  .map((parts) => {
    let next = 0
    return parts.flatMap(({ gap, holds }) => {
      const firstCluster = next + gap
      next = firstCluster + holds.length
      const used = holds.flatMap((isUsed, cluster) => (isUsed ? [cluster] : []))
      return used.length === 0 ? [] : [{ firstCluster, clusterCount: holds.length, used }]
    })
  })

describe('a qcow2 file', () => {
  it('that was laid out and filled reads back as it was, cluster by cluster', async () => {
    await fc.assert(
      fc.asyncProperty(stretches, fc.nat(CLUSTER / 512), async (parts, tailSectors) => {
        const last = parts.at(-1)
        const diskBytes = ((last?.firstCluster ?? 0) + (last?.clusterCount ?? 0)) * CLUSTER + tailSectors * 512
        const layout = layOutQcow2(diskBytes, parts)
        const file = Buffer.alloc(layout.fileBytes)
        for (const { offset, bytes } of layout.metadata) file.set(bytes, offset)
        const wanted = new Map<number, number>()
        for (const { firstCluster, used } of parts) {
          for (const cluster of used) {
            const offset = (firstCluster + cluster) * CLUSTER
            wanted.set(offset, 1 + (wanted.size % 250))
            file.fill(wanted.get(offset)!, layout.fileOffset(offset), layout.fileOffset(offset) + CLUSTER)
          }
        }
        expect((await readQcow2(readerOf(file))).sizeBytes).toBe(diskBytes)
        const got = await contentOf(file)
        expect([...got].map(([offset, bytes]) => [offset, bytes[0], bytes.at(-1)])).toEqual(
          [...wanted].map(([offset, fill]) => [offset, fill, fill]),
        )
      }),
      { numRuns: 60 },
    )
  })

  it.each(['deflate', 'zstd'] as const)('with a cluster compressed by %s is read', async (compression) => {
    const content = Buffer.alloc(CLUSTER, 'compressed content ')
    const packed = compression === 'zstd' ? zstdCompressSync(content) : deflateRawSync(content)
    const file = Buffer.concat([emptyFile(CLUSTER * 4), packed, Buffer.from('the next cluster begins in the same sector')])
    const at = file.length - packed.length - 42
    const sectors = Math.floor((at + packed.length - 1) / 512) - Math.floor(at / 512)
    if (compression === 'zstd') {
      file.writeBigUInt64BE(8n, 72)
      file[104] = 1
    }
    pointTo(file, 2, (1n << 62n) | (BigInt(sectors) << 54n) | BigInt(at))
    expect(await contentOf(file)).toEqual(new Map([[2 * CLUSTER, content]]))
  })

  it.each<[name: string, spoil: (file: Buffer) => void, code: string, words: RegExp]>([
    ['with a backing file', (file) => file.writeBigUInt64BE(200n, 8), 'IMAGE_FILE_UNSUPPORTED', /backing file/],
    ['that is encrypted', (file) => file.writeUInt32BE(1, 32), 'IMAGE_FILE_UNSUPPORTED', /encrypted/],
    ['marked as corrupt', (file) => file.writeBigUInt64BE(2n, 72), 'IMAGE_FILE_INVALID', /corrupt/],
    ['with extended tables', (file) => file.writeBigUInt64BE(16n, 72), 'IMAGE_FILE_UNSUPPORTED', /not known/],
    ['of version 1', (file) => file.writeUInt32BE(1, 4), 'IMAGE_FILE_UNSUPPORTED', /version 1/],
    ['of something else', (file) => file.write('VMDK'), 'IMAGE_FILE_INVALID', /does not begin/],
    ['whose table lies behind its end', (file) => file.writeBigUInt64BE(1n << 40n, 40), 'IMAGE_FILE_INVALID', /ends at byte/],
    ['with rubbish as a compressed cluster', (file) => pointTo(file, 0, (1n << 62n) | 3n), 'IMAGE_FILE_INVALID', /compressed/],
  ])('%s is refused', async (_name, spoil, code, words) => {
    const file = emptyFile(CLUSTER * 4)
    spoil(file)
    await expect(contentOf(file)).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  })
})

/** One second table, nothing in it but one cluster of zeros at the beginning. */
function emptyFile(diskBytes: number): Buffer {
  const { fileBytes, metadata } = layOutQcow2(diskBytes, [{ firstCluster: 0, clusterCount: 1, used: [0] }])
  const file = Buffer.alloc(fileBytes)
  for (const { offset, bytes } of metadata) file.set(bytes, offset)
  pointTo(file, 0, 0n)
  return file
}

function pointTo(file: Buffer, cluster: number, entry: bigint): void {
  const l2Offset = Number(file.readBigUInt64BE(Number(file.readBigUInt64BE(40))) & 0x00ff_ffff_ffff_fe00n)
  file.writeBigUInt64BE(entry, l2Offset + cluster * 8)
}
