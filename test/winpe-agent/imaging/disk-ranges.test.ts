import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DiskFds, withDirect } from '../../../src/winpe-agent/imaging/direct-disk.ts'
import { createDiskRanges } from '../../../src/winpe-agent/imaging/disk-ranges.ts'
import { newSlots } from '../../../src/winpe-agent/imaging/slots.ts'

const CHUNK_BYTES = 262_144
/** The chunk begins at this byte of the disk. */
const OFFSET = 8192
/** Whole pages; a few bytes; a range behind a gap that is read along; one behind a gap that is not, to the last byte. */
const USED = [0, 69_632, 73_000, 10, 80_000, 96, 200_001, 62_143]
const USED_BYTES = 69_632 + 10 + 96 + 62_143

const ranges = createDiskRanges()
let folder: string
let path: string
let content: Buffer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-ranges-'))
  path = join(folder, 'disk')
  content = Buffer.from(Uint8Array.from({ length: OFFSET + CHUNK_BYTES }, (_, at) => (at * 2_654_435_761) >>> 13))
  await writeFile(path, content)
})

afterEach(() => rm(folder, { recursive: true }))

/** A chunk's memory on a page of its own, and one that no direct call takes. */
const MEMORIES = {
  aligned: () => {
    const [slot] = newSlots(1, CHUNK_BYTES)
    return new Uint8Array(slot!.memory, slot!.at, CHUNK_BYTES)
  },
  odd: () => new Uint8Array(new ArrayBuffer(CHUNK_BYTES + 1), 1),
}

async function withDisk<T>(way: 'direct' | 'plain', work: (disk: DiskFds) => T): Promise<T> {
  await using file = await open(path, 'r+')
  if (way === 'plain') return work({ fd: file.fd, directFd: undefined })
  return await withDirect(file.fd, 'write', async (disk) => work(disk))
}

describe.each(['direct', 'plain'] as const)('%s', (way) => {
  it.each(['aligned', 'odd'] as const)('reads each used range into its place, into %s memory', async (memory) => {
    const chunk = MEMORIES[memory]()
    const bytesRead = await withDisk(way, (disk) => ranges.read(disk, chunk, USED, OFFSET))
    // The two small gaps came along.
    expect(bytesRead).toBe(80_096 + 62_143)
    for (const [start, end] of spans(USED))
      expect(Buffer.from(chunk.subarray(start, end)).equals(content.subarray(OFFSET + start, OFFSET + end))).toBe(true)
  })

  it.each(['aligned', 'odd'] as const)('writes the used ranges and nothing else, out of %s memory', async (memory) => {
    const chunk = MEMORIES[memory]().fill(0xee)
    expect(await withDisk(way, (disk) => ranges.write(disk, chunk, USED, OFFSET))).toBe(USED_BYTES)
    for (const [start, end] of spans(USED)) content.fill(0xee, OFFSET + start, OFFSET + end)
    expect((await readFile(path)).equals(content)).toBe(true)
  })

  it('says where the disk ends', async () => {
    const reading = withDisk(way, (disk) => ranges.read(disk, MEMORIES.aligned(), [0, CHUNK_BYTES], OFFSET + 4096))
    await expect(reading).rejects.toThrow(`the disk ends at byte ${OFFSET + CHUNK_BYTES}`)
  })
})

function spans(used: readonly number[]): [number, number][] {
  return Array.from({ length: used.length / 2 }, (_, i) => [used[2 * i]!, used[2 * i]! + used[2 * i + 1]!])
}
