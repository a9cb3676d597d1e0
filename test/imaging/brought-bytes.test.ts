// As disk-bytes.test.ts, of files and manifests: an AppError or a value, in bounded time and memory, and no plan that leaves its disk.
import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MANIFEST_FORMAT, type Manifest } from '../../src/contract/image.ts'
import { BUNDLE_MAGIC, decodeBundleHead, encodeBundleHead } from '../../src/imaging/bundle.ts'
import { diskManifestOf, planCapture } from '../../src/imaging/capture-plan.ts'
import { decodeFrames } from '../../src/imaging/chunk-frames.ts'
import { decodeExtents } from '../../src/imaging/extents-codec.ts'
import { decodeManifest, encodeManifest, expandManifest, storedChunksOf, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { readQcow2 } from '../../src/imaging/qcow2-reader.ts'
import { zstdFrameBytes } from '../../src/imaging/zstd-frame.ts'
import { edge64, MiB, MOST_ASKED_BYTES, orAppError, PATIENCE_MS, RUNS, staysOnDisk } from '../fakes/any-bytes.ts'
import { gptDisk } from '../fakes/generated-disk.ts'
import { MemoryDisk } from '../fakes/memory-disk.ts'

vi.setConfig({ testTimeout: PATIENCE_MS })

describe('whatever stands in a file', () => {
  it('qcow2: its tables are followed for as long as they say something new', async () => {
    const fields = fc.record({
      version: fc.constantFrom(2, 3, 4),
      clusterBits: fc.constantFrom(9, 10, 12, 16, 21, 22),
      size: fc.oneof(fc.constantFrom(0n, 1n, 65_536n, 2n ** 30n), edge64),
      l1Entries: fc.constantFrom(0, 1, 2, 100, 4_194_304, 0xffff_ffff),
      l1Offset: fc.constantFrom(0n, 512n, 1024n, 4096n, 2n ** 60n),
      entries: fc.array(
        fc.oneof(fc.constantFrom(0n, 512n, 1024n, 4096n, 1n, 0x4000_0000_0000_0200n, 0x8000_0000_0000_1000n), edge64),
        { maxLength: 600 },
      ),
    })
    const property = fc.asyncProperty(fields, async ({ version, clusterBits, size, l1Entries, l1Offset, entries }) => {
      const file = Buffer.alloc(8192)
      file.writeUInt32BE(0x5146_49fb)
      file.writeUInt32BE(version, 4)
      file.writeUInt32BE(clusterBits, 20)
      file.writeBigUInt64BE(size, 24)
      file.writeUInt32BE(l1Entries, 36)
      file.writeBigUInt64BE(l1Offset, 40)
      for (const [index, entry] of entries.entries()) file.writeBigUInt64BE(entry, 512 + index * 8)
      const memory = new MemoryDisk(file.length).write(0, file)
      await orAppError(async () => {
        const { sizeBytes, clusters } = await readQcow2(memory.read)
        let given = 0
        for await (const { offset, bytes } of clusters()) {
          expect(offset + bytes.length).toBeLessThanOrEqual(sizeBytes)
          given += bytes.length
          expect(given).toBeLessThan(1024 * MiB)
        }
      })
      expect(memory.mostAsked).toBeLessThan(MOST_ASKED_BYTES)
    })
    await fc.assert(property, RUNS)
  })

  it('a bundle, frames, a map of used blocks', async () => {
    const version = {
      imageName: 'a',
      version: 1,
      manifestDigest: 'ab'.repeat(32),
      contentDigest: 'ab'.repeat(32),
      createdAt: '2026-01-01T00:00:00.000Z',
      tags: [],
      diskSizeBytes: 1,
      usedBytes: 1,
      chunkCount: 0,
      addedBytes: 0,
    }
    const manifest = emptyManifest()
    const whole = encodeBundleHead(version, manifest, zstdCompressSync(encodeManifest(manifest)))
    const damaged = fc
      .tuple(
        fc.array(fc.tuple(fc.nat(whole.length), fc.nat(255)), { maxLength: 5 }),
        fc.nat(whole.length),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([changes, end, tail]) => {
        const bytes = Buffer.concat([whole.subarray(0, Math.max(end, BUNDLE_MAGIC.length)), tail])
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
        return bytes
      })
    const property = fc.asyncProperty(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      ),
      async (bytes) => {
        let at = 0
        let most = 0
        await orAppError(() =>
          decodeBundleHead(async (length) => {
            most = Math.max(most, length)
            at += length
            return bytes.subarray(at - length, at)
          }),
        )
        expect(most).toBeLessThanOrEqual(MiB)
        await orAppError(async () => {
          for await (const frame of decodeFrames(Readable.from([bytes]), (length) => Buffer.alloc(Math.min(length, MiB))))
            void frame
        })
        await orAppError(() => expandManifest(bytes))
        await orAppError(() => decodeExtents(bytes.toString('base64'), MiB * MiB))
        zstdFrameBytes(bytes)
      },
    )
    await fc.assert(property, RUNS)
  })
})

describe('whatever a manifest says', () => {
  const number = fc.oneof(fc.constantFrom(0, 1, 5, 512, 513, 4096, MiB, 2 ** 40, 2 ** 53 - 1), fc.nat(64 * MiB))
  /** Any number or text of a true manifest becomes another. */
  const changed = fc
    .tuple(
      gptDisk,
      fc.array(fc.tuple(fc.nat(10_000), fc.oneof(number, fc.constantFrom('', 'AAAA', 'gAEB', '/////////w8B', [], {}, null))), {
        maxLength: 4,
      }),
    )
    .map(([generated, changes]) => {
      const plan = planCapture({ geometry: generated, table: generated.table, contents: generated.contents })
      const manifest: unknown = JSON.parse(
        JSON.stringify({
          format: 2,
          disks: [diskManifestOf(plan, { digests: plan.spans.map(() => 'cd'.repeat(32)), composed: [] })],
        }),
      )
      for (const [where, value] of changes) changeOne(manifest, where, value)
      return manifest as Manifest
    })

  it('is refused, or a plan that stays on its disk', async () => {
    const property = fc.asyncProperty(
      changed,
      fc.integer({ min: 1, max: 64 }),
      fc.boolean(),
      async (manifest, mebibytes, keepSizes) => {
        const read = await orAppError(() => decodeManifest(Buffer.from(JSON.stringify(manifest))))
        if (read === undefined) return
        storedChunksOf(read)
        for (const each of read.disks) {
          unpackDisk(each)
          const target = { sizeBytes: mebibytes * MiB, sectorBytes: each.sectorBytes }
          await orAppError(() => staysOnDisk(each, target, keepSizes))
        }
      },
    )
    await fc.assert(property, RUNS)
  })

  it('nested without an end', async () => {
    const deep = Buffer.from(`{"disks":${'['.repeat(500_000)}`)
    expect(await orAppError(() => decodeManifest(deep))).toBeUndefined()
  })
})

function emptyManifest(): Manifest {
  const plan = planCapture({ geometry: { sizeBytes: MiB, sectorBytes: 512 }, table: { kind: 'none' }, contents: [] })
  return { format: MANIFEST_FORMAT, disks: [diskManifestOf(plan, { digests: [], composed: [] })] }
}

/** Walks to the n-th leaf, counted over and over. */
function changeOne(root: unknown, where: number, value: unknown): void {
  const leaves: [Record<string, unknown>, string][] = []
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      const record = node as Record<string, unknown>
      leaves.push([record, key])
      walk(record[key])
    }
  }
  walk(root)
  const [record, key] = leaves[where % leaves.length]!
  record[key] = value
}
