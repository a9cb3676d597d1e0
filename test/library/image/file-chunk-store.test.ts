import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FileChunkStore } from '../../../src/library/image/file-chunk-store.ts'
import { chunkOf, chunkStoreSuite } from '../../suites/chunk-store-suite.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'platen-chunks-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

chunkStoreSuite('FileChunkStore', async () => {
  const directory = await mkdtemp(join(root, 'store-'))
  return {
    store: new FileChunkStore(directory),
    async damage(digest, at) {
      const path = join(directory, digest.slice(0, 2), `${digest}.zst`)
      const bytes = await readFile(path)
      bytes[at]! ^= 0x10
      await writeFile(path, bytes)
    },
  }
})

it('keeps chunks as files that any zstd reads, and leaves no temporary file', async () => {
  const directory = await mkdtemp(join(root, 'store-'))
  const chunk = chunkOf('plain')
  await new FileChunkStore(directory).put(chunk)
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.includes('/'))
  expect(files).toEqual([`${chunk.digest.slice(0, 2)}/${chunk.digest}.zst`])
  expect(zstdDecompressSync(await readFile(join(directory, files[0]!))).equals(chunk.content)).toBe(true)
})

it('opens what an earlier process left', async () => {
  const directory = await mkdtemp(join(root, 'store-'))
  const chunk = chunkOf('kept')
  await new FileChunkStore(directory).put(chunk)
  const again = new FileChunkStore(directory)
  expect(again.has(chunk.digest)).toBe(true)
  const { freeBytes, totalBytes } = await again.space()
  expect(freeBytes).toBeGreaterThan(0)
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
})
