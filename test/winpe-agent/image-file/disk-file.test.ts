// A disk laid out as qcow2 reads back, byte for byte, as the same disk laid out raw.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { diskManifestOf, planCapture } from '../../../src/imaging/capture-plan.ts'
import { readQcow2 } from '../../../src/imaging/qcow2-reader.ts'
import { type DiskFileFormat, layOutDiskFile } from '../../../src/winpe-agent/image-file/disk-file.ts'
import { type GeneratedDisk, gptDisk } from '../../fakes/generated-disk.ts'

function fileOf({ sizeBytes, sectorBytes, table, contents }: GeneratedDisk, format: DiskFileFormat): Buffer {
  const plan = planCapture({ geometry: { sizeBytes, sectorBytes }, table, contents, grow: undefined })
  const digests = plan.spans.map(({ index }) => index.toString(16).padStart(64, '0'))
  const manifest = diskManifestOf(plan, { digests, composed: [] })
  const { fileBytes, writes, chunks } = layOutDiskFile(manifest, format)
  const file = Buffer.alloc(fileBytes)
  for (const { offset, bytes } of writes) file.set(bytes, offset)
  // Each byte of the disk has a value of its own place: what stands elsewhere is seen.
  for (const chunk of chunks) {
    const diskOffset = chunk.index * manifest.chunkBytes
    for (const { offset, length } of chunk.used) {
      for (let at = offset; at < offset + length; at++) file[chunk.offset + at] = 1 + ((diskOffset + at) % 251)
    }
  }
  return file
}

it('every byte stands where the tables of the file say', async () => {
  await fc.assert(
    fc.asyncProperty(gptDisk, async (disk) => {
      const raw = fileOf(disk, 'raw')
      const qcow2 = fileOf(disk, 'qcow2')
      const reader = await readQcow2(async (offset, length) => qcow2.subarray(offset, offset + length))
      expect(reader.sizeBytes).toBe(disk.sizeBytes)
      const back = Buffer.alloc(disk.sizeBytes)
      for await (const { offset, bytes } of reader.clusters()) back.set(bytes, offset)
      expect(back.equals(raw)).toBe(true)
    }),
    { numRuns: 25 },
  )
})
