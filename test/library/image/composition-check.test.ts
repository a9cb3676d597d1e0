import { describe, expect, it } from 'vitest'
import type { SectionRun } from '../../../src/contract/image.ts'
import { createChunkDigester, SECTION_BYTES } from '../../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { checkCompositions } from '../../../src/library/image/composition-check.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'

const digestsOf = createChunkDigester(SECTION_BYTES)
const before = digestsOf(Buffer.alloc(CHUNK_BYTES, 1))
const added = digestsOf(Buffer.alloc(SECTION_BYTES, 2))
const changed = Buffer.alloc(CHUNK_BYTES, 1)
changed.fill(2, 0, SECTION_BYTES)
const stored = new Map([before, added].map(({ digest, sections }) => [digest, sections]))
const chunks = { sections: async (digest: string) => stored.get(digest)! }

function check(runs: SectionRun[]): Promise<void> {
  const { disks, format } = manifestOf([digestsOf(changed).digest])
  return checkCompositions({ format, disks: disks.map((disk) => ({ ...disk, composed: [{ position: 0, runs }] })) }, chunks)
}

describe('chunks that a manifest composes', () => {
  it('pass when their sections make up the digest', async () => {
    await check([
      { chunk: added.digest, from: 0, count: 1 },
      { chunk: before.digest, from: 1, count: 15 },
    ])
  })

  it.each([
    { what: 'sections of another content', runs: [{ chunk: before.digest, from: 0, count: 16 }] },
    {
      what: 'zeros that are none',
      runs: [
        { from: 0, count: 1 },
        { chunk: before.digest, from: 1, count: 15 },
      ],
    },
    {
      what: 'a section that its chunk does not have',
      runs: [
        { chunk: added.digest, from: 1, count: 1 },
        { chunk: before.digest, from: 1, count: 15 },
      ],
    },
  ])('are refused: $what', async ({ runs }) => {
    await expect(check(runs)).rejects.toMatchObject({ code: 'IMAGE_MANIFEST_INVALID' })
  })
})
