import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { chunkDigestsOf, encodeManifest } from '../../../src/imaging/manifest-codec.ts'
import type { ChunkClient } from '../../../src/winpe-agent/imaging/chunk-client.ts'
import { storedDigests } from '../../../src/winpe-agent/imaging/stored-digests.ts'
import { manifestOf } from '../../fakes/small-manifest.ts'

const [first, second, third] = ['11', '22', '33'].map((pair) => pair.repeat(32)) as [string, string, string]
const manifest = manifestOf([first, second, third])

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

describe('what the store has of the version before', () => {
  it('is asked for at once, and is what does not lack', async () => {
    const { asked, client } = clientThatLacks([second])
    expect(await storedDigests({ imageName: 'disk', version: 4 }, client)).toEqual(new Set([first, third]))
    expect(asked.flat().sort()).toEqual([...chunkDigestsOf(manifest)].sort())
  })

  it('is nothing before the first version, and then nobody is asked', async () => {
    const { asked, client } = clientThatLacks([])
    expect(await storedDigests(undefined, client)).toEqual(new Set())
    expect(asked).toEqual([])
  })
})
