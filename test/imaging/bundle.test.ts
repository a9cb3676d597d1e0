import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { decodeBundleHead, encodeBundleHead } from '../../src/imaging/bundle.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { zstdFrameBytes } from '../../src/imaging/zstd-frame.ts'
import { VERSION } from '../fakes/operator-views.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { chunkOf } from '../suites/chunk-store-suite.ts'

const DIGESTS = ['one', 'two', 'one', 'three'].map((text) => chunkOf(text).digest)
const MANIFEST = manifestOf(DIGESTS)
const HEAD = encodeBundleHead(VERSION, MANIFEST, zstdCompressSync(encodeManifest(MANIFEST)))

function decode(file: Buffer) {
  let position = 0
  return decodeBundleHead(async (length) => {
    const bytes = file.subarray(position, position + length)
    position += bytes.length
    return bytes
  })
}

describe('the beginning of a bundle', () => {
  it('comes back as it was, with each chunk named once', async () => {
    const { header, manifest, digests } = await decode(HEAD)
    expect(header).toMatchObject({ version: VERSION, chunkCount: 3 })
    expect(manifest).toEqual(MANIFEST)
    expect(digests).toEqual([...new Set(DIGESTS)])
  })

  it('that was cut anywhere is refused', async () => {
    for (let length = 0; length < HEAD.length; length++) {
      await expect(decode(HEAD.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: 'IMAGE_BUNDLE_INVALID' })
    }
  })

  it('with another byte anywhere is refused, or still says the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(HEAD.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(HEAD)
        changed[at]! ^= flip
        const outcome = await decode(changed).catch((error: unknown) => error)
        if (outcome instanceof AppError) expect(outcome.code).toMatch(/^IMAGE_(BUNDLE|MANIFEST)_INVALID$/)
        else expect(outcome).toMatchObject({ manifest: MANIFEST, header: { version: VERSION } })
      }),
      { numRuns: 500 },
    )
  })
})

it('the length of a zstd frame is known without its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(600_000), fc.uint8Array({ maxLength: 40 }), (head, zeros, behind) => {
      const content = Buffer.concat([head, Buffer.alloc(zeros)])
      const frame = zstdCompressSync(content)
      expect(zstdFrameBytes(Buffer.concat([frame, behind]))).toBe(frame.length)
      expect(zstdFrameBytes(frame.subarray(0, frame.length - 1))).toBeUndefined()
    }),
  )
})
