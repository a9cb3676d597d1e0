// Filesystems that the usual programs made, read through the thread: what is in them, byte for byte; hostile ones end in words, not in the appliance.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiskReader } from '../../../src/library/image/disk-bytes.ts'
import { FileTree } from '../../../src/library/image-files/file-tree.ts'
import { ListingReader } from '../../../src/library/image-files/listing.ts'
import { EXTRACT, LIST, unpack, type Volume } from '../../../src/library/image-files/unpack.ts'
import { needs, program } from '../../needs.ts'

const MIB = 1024 * 1024
const CHUNK_BYTES = 2 * MIB
/** Where the filesystem begins on its disk. */
const START_BYTES = 3 * MIB
const LARGE = Buffer.alloc(3_000_000, 'platen ')

let directory: string
let source: string
const open: number[] = []

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'platen-unpack-'))
  source = join(directory, 'source')
  mkdirSync(join(source, 'etc/deep'), { recursive: true })
  writeFileSync(join(source, 'etc/hostname'), 'machine\n')
  writeFileSync(join(source, 'etc/deep/large.bin'), LARGE)
  writeFileSync(join(source, 'empty'), '')
})

afterAll(() => {
  for (const file of open) closeSync(file)
  rmSync(directory, { recursive: true, force: true })
})

/** make: fills a file of so many bytes with a filesystem. */
function volumeOf(name: string, sizeBytes: number, make: (file: string) => void): Volume {
  const file = join(directory, name)
  writeFileSync(file, '')
  truncateSync(file, sizeBytes)
  make(file)
  return volumeIn(file, sizeBytes)
}

function volumeIn(file: string, sizeBytes: number): Volume {
  const handle = openSync(file, 'r')
  open.push(handle)
  const reader: DiskReader = {
    sizeBytes: START_BYTES + sizeBytes,
    chunkBytes: CHUNK_BYTES,
    async chunkAt(start) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const from = Math.max(0, START_BYTES - start)
      if (from < CHUNK_BYTES) readSync(handle, chunk, from, CHUNK_BYTES - from, start + from - START_BYTES)
      return chunk
    },
  }
  return { reader, startBytes: START_BYTES, sizeBytes }
}

const never = new AbortController().signal

async function treeOf(volume: Volume, type: string): Promise<FileTree> {
  const tree = new FileTree({ isCaseless: type === 'fat' })
  const listing = new ListingReader((entry) => tree.add(entry))
  for await (const bytes of unpack(volume, LIST(type), never)) listing.add(bytes)
  listing.end()
  return tree
}

async function contentOf(volume: Volume, type: string, path: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(unpack(volume, EXTRACT(type, path), never)))
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a filesystem', () => {
  it.each([
    {
      name: 'ext4',
      type: 'ext',
      sizeBytes: 5000 * MIB,
      make: (file: string) => execFileSync('mkfs.ext4', ['-q', '-d', source, file]),
    },
    {
      name: 'ext2',
      type: 'ext',
      sizeBytes: 64 * MIB,
      make: (file: string) => execFileSync('mkfs.ext2', ['-q', '-d', source, file]),
    },
    {
      name: 'FAT32',
      type: 'fat',
      sizeBytes: 300 * MIB,
      make(file: string) {
        execFileSync('mkfs.vfat', ['-F', '32', file])
        execFileSync('mcopy', ['-s', '-i', file, join(source, 'etc'), '::/'])
      },
    },
    {
      name: 'NTFS',
      type: 'ntfs',
      sizeBytes: 64 * MIB,
      make(file: string) {
        execFileSync('mkntfs', ['-q', '-F', '-f', file])
        execFileSync('ntfscp', ['-q', '-f', file, join(source, 'etc/hostname'), 'hostname'])
        execFileSync('ntfscp', ['-q', '-f', file, join(source, 'etc/deep/large.bin'), 'large.bin'])
      },
    },
  ])(
    '$name gives its files',
    needs(program('mkfs.ext4'), program('mcopy'), program('mkntfs')),
    async ({ name, type, sizeBytes, make }) => {
      const volume = volumeOf(name, sizeBytes, make)
      const tree = await treeOf(volume, type)
      const [small, large] = name === 'NTFS' ? ['hostname', 'large.bin'] : ['etc/hostname', 'etc/deep/large.bin']
      expect(tree.find(small!)).toMatchObject({ kind: 'file', sizeBytes: 8 })
      expect((await contentOf(volume, type, tree.find(small!).path)).toString()).toBe('machine\n')
      expect(digestOf(await contentOf(volume, type, tree.find(large!).path))).toBe(digestOf(LARGE))
    },
  )

  it('with names that are patterns, words of the program or more lines than one gives the file that was meant', async () => {
    const strange = join(directory, 'strange')
    mkdirSync(strange)
    const names = ['*', '-so', '@list', 'a b', 'ä', '!x', 'Path = etc']
    for (const name of names) writeFileSync(join(strange, name), name)
    writeFileSync(join(strange, 'x\nPath = injected'), 'no')
    symlinkSync('../../../../etc/passwd', join(strange, 'link'))
    const volume = volumeOf('names', 16 * MIB, (file) => execFileSync('mkfs.ext4', ['-q', '-d', strange, file]))
    const tree = await treeOf(volume, 'ext')
    for (const name of names) expect((await contentOf(volume, 'ext', tree.find(name).path)).toString()).toBe(name)
    expect(() => tree.find('injected')).toThrow(/there is no injected/)
    expect(() => tree.find('link')).toThrow(/there is no link/)
  })

  it('that is none says so', async () => {
    const volume = volumeOf('zeros', 16 * MIB, () => undefined)
    await expect(treeOf(volume, 'ext')).rejects.toMatchObject({ code: 'IMAGE_FILESYSTEM_UNREAD' })
  })

  it('whose bytes the store lost fails with the store’s own words', async () => {
    const whole = volumeOf('lost', 64 * MIB, (file) => execFileSync('mkfs.ext4', ['-q', '-d', source, file]))
    const reader = { ...whole.reader, chunkAt: async () => Promise.reject(new Error('chunk is lost')) }
    await expect(treeOf({ ...whole, reader }, 'ext')).rejects.toThrow('chunk is lost')
  })

  it('is left in the middle when nobody wants it any more', async () => {
    const volume = volumeOf('left', 64 * MIB, (file) => execFileSync('mkfs.ext4', ['-q', '-d', source, file]))
    const gone = new AbortController()
    const reading = unpack(volume, EXTRACT('ext', 'etc/deep/large.bin'), gone.signal)
    await reading.next()
    gone.abort(new Error('the client is gone'))
    await expect(Array.fromAsync(reading)).rejects.toThrow('the client is gone')
  })

  it('that was damaged in many places ends in an answer or in words', async () => {
    const file = join(directory, 'damaged')
    volumeOf('damaged', 8 * MIB, (path) => execFileSync('mkfs.ext4', ['-q', '-d', source, path]))
    const good = readFileSync(file)
    for (let seed = 1; seed <= 8; seed++) {
      const bad = Buffer.from(good)
      for (let place = 0; place < 40; place++)
        bad[(seed * 7919 * (place + 1) * 104_729) % (400 * 1024)] = (seed * 31 + place * 17) & 0xff
      writeFileSync(file, bad)
      await treeOf(volumeIn(file, bad.length), 'ext').catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'IMAGE_FILESYSTEM_UNREAD' }),
      )
    }
  })
})
