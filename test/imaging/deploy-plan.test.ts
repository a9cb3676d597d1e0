import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiskManifest, MANIFEST_FORMAT } from '../../src/contract/image.ts'
import { diskManifestOf, planCapture } from '../../src/imaging/capture-plan.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../src/imaging/chunk-grid.ts'
import { type DeployPlan, planDeploy } from '../../src/imaging/deploy-plan.ts'
import { intersectExtents, normalizeExtents } from '../../src/imaging/extents.ts'
import { decodeGpt, gptLastUsableEnd } from '../../src/imaging/gpt.ts'
import { decodeManifest, encodeManifest, manifestDigestOf, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { type GeneratedDisk, gptDisk } from '../fakes/generated-disk.ts'

type Store = Map<string, Buffer>

/** What capture does, in memory: digest of each chunk with unused bytes as zeros. */
function capture(disk: GeneratedDisk, bytes: Buffer, store: Store): DiskManifest {
  const plan = planCapture({ geometry: disk, table: disk.table, contents: disk.contents })
  const digests = plan.spans.map((span) => {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (const { offset, length } of span.used) bytes.copy(chunk, offset, span.offset + offset, span.offset + offset + length)
    const digest = chunkDigest(chunk)
    store.set(digest, chunk)
    return digest
  })
  return diskManifestOf(plan, { digests, composed: [] })
}

/** What deploy does, in memory; fails when anything lies outside of the target. */
function apply(plan: DeployPlan, target: Buffer, store: Store): void {
  const put = (offset: number, bytes: Uint8Array) => {
    expect(offset).toBeGreaterThanOrEqual(0)
    expect(offset + bytes.length).toBeLessThanOrEqual(target.length)
    target.set(bytes, offset)
  }
  for (const { offset, bytes } of plan.tableWrites) put(offset, bytes)
  for (const chunk of plan.chunks) {
    for (const { offset, length } of chunk.used)
      put(chunk.offset + offset, store.get(chunk.digest)!.subarray(offset, offset + length))
  }
}

function planOrRefusal(...args: Parameters<typeof planDeploy>): DeployPlan | undefined {
  try {
    return planDeploy(...args)
  } catch (error) {
    expect(error).toMatchObject({ code: 'IMAGE_DOES_NOT_FIT' })
    return undefined
  }
}

const noise = (sizeBytes: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(sizeBytes)
  let state = seed | 1
  for (let at = 0; at + 4 <= sizeBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes.writeInt32LE(state, at)
  }
  return bytes
}

describe('plan, apply, read back', () => {
  it('is identity, on a disk of the same size and on a larger one', () => {
    fc.assert(
      fc.property(gptDisk, fc.nat(64), fc.nat(), (disk, more, seed) => {
        const store: Store = new Map()
        const manifest = capture(disk, noise(disk.sizeBytes, seed), store)
        const geometry = { sizeBytes: disk.sizeBytes + more * 4096, sectorBytes: disk.sectorBytes }
        const target = noise(geometry.sizeBytes, seed + 1)
        apply(planDeploy(manifest, geometry, { keepSizes: true }), target, store)

        expect(decodeGpt(target, disk.sectorBytes)).toEqual(disk.table)
        expect(capture(disk, target, store).contentDigest).toBe(manifest.contentDigest)
      }),
      { numRuns: 40 },
    )
  })

  it('stays within the target, larger or smaller: table, chunks, what is discarded and what grows or is cut', () => {
    fc.assert(
      fc.property(gptDisk, fc.integer({ min: 20, max: 300 }), fc.boolean(), (disk, percent, keepSizes) => {
        const manifest = capture(disk, noise(disk.sizeBytes, 5), new Map())
        const sizeBytes = Math.floor((disk.sizeBytes * percent) / 100 / 4096) * 4096
        const plan = planOrRefusal(manifest, { sizeBytes, sectorBytes: disk.sectorBytes }, { keepSizes })
        if (plan === undefined) return
        const written = [
          ...plan.tableWrites.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
          ...plan.chunks.flatMap((chunk) => chunk.used.map(({ offset, length }) => ({ offset: chunk.offset + offset, length }))),
          ...(plan.shrunk === undefined ? [] : [{ offset: plan.shrunk.shrink.startBytes, length: plan.shrunk.shrink.toBytes }]),
        ]
        const partitions = plan.table.kind === 'gpt' ? plan.table.partitions : []
        for (const { offset, length } of [...written, ...plan.unused]) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(offset + length).toBeLessThanOrEqual(sizeBytes)
        }
        // Nothing that is written is discarded, but for the room of a filesystem that is written anew after that.
        const kept = plan.shrunk === undefined ? written : written.slice(0, -1)
        expect(intersectExtents(normalizeExtents(kept), plan.unused)).toEqual([])
        const last = gptLastUsableEnd({ sizeBytes, sectorBytes: disk.sectorBytes }, disk.table.entryCount)
        for (const { startBytes, sizeBytes: length } of partitions) expect(startBytes + length).toBeLessThanOrEqual(last)
        if (keepSizes) expect(plan.table).toEqual(disk.table)
      }),
      { numRuns: 60 },
    )
  })

  it('gives equal manifests for equal content, whatever the unused blocks hold', () => {
    fc.assert(
      fc.property(gptDisk, fc.nat(), (disk, seed) => {
        const first = noise(disk.sizeBytes, seed)
        const second = noise(disk.sizeBytes, seed + 7)
        const { extents } = unpackDisk(capture(disk, first, new Map()))
        for (const { offset, length } of extents) first.copy(second, offset, offset, offset + length)
        const digestOf = (bytes: Buffer) =>
          manifestDigestOf({ format: MANIFEST_FORMAT, disks: [capture(disk, bytes, new Map())] })
        expect(digestOf(second)).toBe(digestOf(first))
      }),
      { numRuns: 25 },
    )
  })

  it('travels as a manifest', () => {
    fc.assert(
      fc.property(gptDisk, (disk) => {
        const manifest = { format: MANIFEST_FORMAT, disks: [capture(disk, noise(disk.sizeBytes, 3), new Map())] } as const
        expect(decodeManifest(encodeManifest({ ...manifest, disks: [...manifest.disks] }))).toEqual(manifest)
      }),
      { numRuns: 25 },
    )
  })
})

describe('refusals before the first write', () => {
  const disk: GeneratedDisk = fc.sample(gptDisk, { numRuns: 50, seed: 7 }).find((candidate) => candidate.contents.length > 1)!
  const manifest = capture(disk, noise(disk.sizeBytes, 1), new Map())

  it('a disk that ends before the partitions and the backup table', () => {
    const last = Math.max(...disk.table.partitions.map((partition) => partition.startBytes + partition.sizeBytes))
    expect(() => planDeploy(manifest, { sizeBytes: last, sectorBytes: disk.sectorBytes }, { keepSizes: true })).toThrow(
      expect.objectContaining({ code: 'IMAGE_DOES_NOT_FIT' }),
    )
  })

  it('a smaller disk when the last partition cannot be cut', () => {
    const contents = manifest.contents.map((each) => ({ ...each, content: 'xfs' as const }))
    const last = Math.max(...disk.table.partitions.map((partition) => partition.startBytes + partition.sizeBytes))
    const geometry = { sizeBytes: last, sectorBytes: disk.sectorBytes }
    expect(() => planDeploy({ ...manifest, contents }, geometry)).toThrow(/holds xfs: only ext can be made smaller/)
  })

  it('a disk with other sectors', () => {
    const sectorBytes = disk.sectorBytes === 512 ? 4096 : 512
    expect(() => planDeploy(manifest, { sizeBytes: disk.sizeBytes, sectorBytes })).toThrow(
      expect.objectContaining({ code: 'IMAGE_SECTOR_SIZE_MISMATCH' }),
    )
  })

  it('used blocks where the table belongs', () => {
    const contents = [
      { number: 1, startBytes: 512, sizeBytes: 4096, content: 'ext' as const, used: [{ offset: 0, length: 512 }] },
    ]
    const bad = capture({ ...disk, contents }, noise(disk.sizeBytes, 1), new Map())
    expect(() => planDeploy(bad, disk)).toThrow(expect.objectContaining({ code: 'IMAGE_MANIFEST_INVALID' }))
  })

  it.each([
    ['a digest too few', { digests: '' }],
    ['another content digest', { contentDigest: '0'.repeat(64) }],
    ['another number of used bytes', { usedBytes: 1 }],
    ['used blocks behind the end', { sizeBytes: 512 }],
    ['a kind of table that nobody knows', { table: { kind: 'amiga' } }],
  ])('a manifest with %s', (_, change) => {
    const bytes = Buffer.from(JSON.stringify({ format: 1, disks: [{ ...manifest, ...change }] }))
    expect(() => decodeManifest(bytes)).toThrow(expect.objectContaining({ code: 'IMAGE_MANIFEST_INVALID' }))
  })
})
