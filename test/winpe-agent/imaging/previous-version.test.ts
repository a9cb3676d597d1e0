import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compositionOf } from '../../../src/imaging/composition.ts'
import { encodeManifest, storedChunksOf } from '../../../src/imaging/manifest-codec.ts'
import type { ChunkClient } from '../../../src/winpe-agent/imaging/chunk-client.ts'
import { previousVersion } from '../../../src/winpe-agent/imaging/previous-version.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'

const [first, second, third, base, added] = ['11', '22', '33', '44', '55'].map((pair) => pair.repeat(32)) as [
  string,
  string,
  string,
  string,
  string,
]
const plain = manifestOf([first, second, third])
const composition = compositionOf([
  { chunk: base, from: 0, count: 12 },
  { chunk: added, from: 0, count: 500 },
])
const manifest = { ...plain, disks: plain.disks.map((disk) => ({ ...disk, composed: [{ position: 2, ...composition }] })) }

function clientThatLacks(lacking: readonly string[]) {
  const asked: string[][] = []
  const client = {
    manifest: async () => zstdCompressSync(encodeManifest(manifest)),
    missing: async (digests: readonly string[]) => {
      asked.push([...digests])
      return digests.filter((digest) => lacking.includes(digest))
    },
  }
  return { asked, client: client as unknown as ChunkClient }
}

const PREVIOUS = { imageName: 'disk', version: 4 }

describe('what the store has of the version before', () => {
  it('is asked for at once, and is what does not lack', async () => {
    const { asked, client } = clientThatLacks([second])
    const { stored, disks } = await previousVersion(PREVIOUS, client)
    expect(stored).toEqual(new Set([first, base, added]))
    expect(asked.flat().sort()).toEqual([...storedChunksOf(manifest)].sort())
    expect([...disks[0]!.at.keys()]).toEqual([0, 2])
    expect(disks[0]!.composed).toEqual(new Map([[third, composition]]))
  })

  it('says nothing of a chunk of which a part lacks', async () => {
    const { disks } = await previousVersion(PREVIOUS, clientThatLacks([added]).client)
    expect([...disks[0]!.at.keys()]).toEqual([0, 1])
    expect(disks[0]!.composed.size).toBe(0)
  })

  it('is nothing before the first version, and then nobody is asked', async () => {
    const { asked, client } = clientThatLacks([])
    expect(await previousVersion(undefined, client)).toEqual({ stored: new Set(), disks: [] })
    expect(asked).toEqual([])
  })
})
