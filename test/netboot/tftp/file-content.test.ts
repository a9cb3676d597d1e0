import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FileCache } from '../../../src/netboot/tftp/file-cache.ts'
import { FileContent } from '../../../src/netboot/tftp/file-content.ts'

const folder = mkdtempSync(join(tmpdir(), 'platen-file-content-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SIZE = 3 * 1024 * 1024 + 17
const bytes = Buffer.from(Uint8Array.from({ length: SIZE }, (_, at) => (at * 31) >>> 3))
const path = join(folder, 'file')
writeFileSync(path, bytes)

describe('FileContent', () => {
  it('gives the beginning before the end, and all of it in the end', async () => {
    const content = await FileContent.read(path, SIZE, () => undefined)
    await content.whenThere(100)
    expect(content.isThere(100)).toBe(true)
    expect(Buffer.from(content.bytes.subarray(0, 100))).toEqual(bytes.subarray(0, 100))
    await content.whenThere(SIZE + 1000)
    expect(content.isThere(Number.POSITIVE_INFINITY)).toBe(true)
    expect(bytes.equals(content.bytes)).toBe(true)
  })

  it('fails for all who wait, and who come later, when the file is shorter than it was', async () => {
    let failures = 0
    const content = await FileContent.read(path, SIZE + 5, () => failures++)
    const waiting = [content.whenThere(SIZE + 1), content.whenThere(SIZE + 5)]
    for (const each of waiting) await expect(each).rejects.toThrow(`ended after ${SIZE} of ${SIZE + 5} bytes`)
    await expect(content.whenThere(SIZE + 2)).rejects.toThrow()
    await content.whenThere(SIZE)
    expect(failures).toBe(1)
  })

  it('what was made on the spot is there, and so is nothing', () => {
    expect(FileContent.whole(Buffer.from('script')).isThere(6)).toBe(true)
    expect(FileContent.whole(Buffer.alloc(0)).isThere(512)).toBe(true)
  })
})

describe('FileCache', () => {
  const limits = { maxFileBytes: 10 * SIZE, cacheBytes: 10 * SIZE }

  it('reads a file once for all who ask, and anew when it has changed', async () => {
    const cache = new FileCache(folder, limits)
    const [one, other] = await Promise.all([cache.read('file'), cache.read('file')])
    expect(one).toMatchObject({ kind: 'file' })
    expect(one.kind === 'file' && other.kind === 'file' && one.content === other.content).toBe(true)
    writeFileSync(join(folder, 'small'), 'one')
    const before = await cache.read('small')
    writeFileSync(join(folder, 'small'), 'another')
    const after = await cache.read('small')
    expect(before.kind === 'file' && after.kind === 'file' && before.content !== after.content).toBe(true)
  })

  it('reads ahead what lies there, until it holds half of what it may', async () => {
    const loaders = join(folder, 'loaders')
    mkdirSync(loaders)
    const names = ['a', 'b', 'c']
    for (const name of names) writeFileSync(join(loaders, name), bytes)
    const cache = new FileCache(loaders, { ...limits, cacheBytes: 3 * SIZE })
    await cache.readAhead()
    const found = await Promise.all(names.map((name) => cache.read(name)))
    expect(found.filter((each) => each.kind === 'file' && each.content.isThere(SIZE))).toHaveLength(2)
  })

  it('does without a folder to read ahead', async () => {
    await expect(new FileCache(join(folder, 'nowhere'), limits).readAhead()).resolves.toBeUndefined()
  })

  it('refuses what is too large, and what is not there', async () => {
    expect(await new FileCache(folder, { ...limits, maxFileBytes: 10 }).read('file')).toEqual({
      kind: 'refused',
      reason: 'too-large',
    })
    expect(await new FileCache(folder, limits).read('nothing')).toMatchObject({ kind: 'refused' })
  })
})
