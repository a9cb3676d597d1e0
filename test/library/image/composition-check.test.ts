import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Manifest } from '../../../src/contract/image.ts'
import { BLOCK_BYTES } from '../../../src/imaging/block-differences.ts'
import { chunkDigest } from '../../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { type BlockRun, compositionOf } from '../../../src/imaging/composition.ts'
import { type ChunkContent, createChunkContent } from '../../../src/library/image/chunk-content.ts'
import { checkCompositions } from '../../../src/library/image/composition-check.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'

const before = Buffer.alloc(CHUNK_BYTES, 1)
const added = Buffer.alloc(BLOCK_BYTES, 2)
const changed = Buffer.from(before).fill(2, 0, BLOCK_BYTES)
const stored = new Map([before, added].map((content) => [chunkDigest(content), content]))
const content = createChunkContent({ get: async (digest: string) => zstdCompressSync(stored.get(digest)!) })
const [old, pack] = [chunkDigest(before), chunkDigest(added)]

function manifestWith(runs: readonly BlockRun[]): Manifest {
  const { disks, format } = manifestOf([chunkDigest(changed)])
  return { format, disks: disks.map((disk) => ({ ...disk, composed: [{ position: 0, ...compositionOf(runs) }] })) }
}

const RIGHT = [
  { chunk: pack, from: 0, count: 1 },
  { chunk: old, from: 1, count: 511 },
]

describe('chunks that a manifest composes', () => {
  it('pass when their blocks make up the digest', async () => {
    await checkCompositions(manifestWith(RIGHT), undefined, content)
  })

  it('pass as older images tell them, by sections', async () => {
    const { disks, format } = manifestOf([chunkDigest(before)])
    const composed = [{ position: 0, runs: [{ chunk: old, from: 0, count: 16 }] }]
    await checkCompositions({ format, disks: disks.map((disk) => ({ ...disk, composed })) }, undefined, content)
  })

  it.each([
    { what: 'blocks of another content', runs: [{ chunk: old, from: 0, count: 512 }] },
    {
      what: 'zeros that are none',
      runs: [
        { from: 0, count: 1 },
        { chunk: old, from: 1, count: 511 },
      ],
    },
    {
      what: 'a block that its chunk does not have',
      runs: [
        { chunk: pack, from: 1, count: 1 },
        { chunk: old, from: 1, count: 511 },
      ],
    },
  ])('are refused: $what', async ({ runs }) => {
    await expect(checkCompositions(manifestWith(runs), undefined, content)).rejects.toMatchObject({
      code: 'IMAGE_MANIFEST_INVALID',
    })
  })

  it('are not put together once more when the version before composes them alike', async () => {
    const asked: string[] = []
    const counting: Pick<ChunkContent, 'digestOf'> = {
      digestOf: async (composition) => {
        asked.push(composition.blocks)
        return content.digestOf(composition)
      },
    }
    await checkCompositions(manifestWith(RIGHT), manifestWith(RIGHT), counting)
    expect(asked).toEqual([])
    await checkCompositions(manifestWith(RIGHT), manifestWith([{ chunk: old, from: 0, count: 512 }]), counting)
    expect(asked).toHaveLength(1)
  })
})
