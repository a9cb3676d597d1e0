// Real filesystems with bytes of their structures changed: the readers end, with a map that stays inside of the volume or with a reason.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContentKind } from '../../../src/contract/image.ts'
import { mapFilesystem } from '../../../src/imaging/filesystems/proven-maps.ts'

const CASES: readonly [content: ContentKind, sizeMiB: number, make: string][] = [
  ['ext', 4, 'mkfs.ext4 -q -F -b 1024 -g 512 FILE'],
  ['ext', 4, 'mkfs.ext4 -q -F -b 1024 -O mmp FILE'],
  ['fat', 2, 'mkfs.vfat FILE'],
  ['exfat', 8, 'mkfs.exfat FILE'],
  ['ntfs', 3, 'mkfs.ntfs -q -F FILE'],
  ['xfs', 310, 'mkfs.xfs -q -f FILE'],
  ['btrfs', 120, 'mkfs.btrfs -q -f FILE'],
]
const RUNS = 60
/** What a reader may ask for of a small volume, far above what it needs. */
const MOST_READ_BYTES = 512 * 1024 * 1024

describe.each(CASES)('%s', (content, sizeMiB, make) => {
  let folder: string
  let file: number
  let sizeBytes: number

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'platen-damaged-'))
    const path = join(folder, 'volume')
    execFileSync('sh', ['-ec', `truncate -s ${sizeMiB}M ${path}; PATH=$PATH:/usr/sbin:/sbin; ${make.replace('FILE', path)}`], {
      stdio: 'pipe',
    })
    sizeBytes = statSync(path).size
    file = openSync(path, 'r')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const volumeWith = (changes: ReadonlyMap<number, number>) => {
    let read = 0
    return {
      sizeBytes,
      async read(offset: number, length: number): Promise<Buffer> {
        read += length
        expect(read).toBeLessThan(MOST_READ_BYTES)
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)))
        readSync(file, bytes, 0, bytes.length, offset)
        for (const [at, value] of changes) if (at >= offset && at < offset + bytes.length) bytes[at - offset] = value
        return bytes
      },
    }
  }

  it('is mapped when it is whole', async () => {
    const map = await mapFilesystem(content, volumeWith(new Map()))
    expect(map.kind).toBe('mapped')
  })

  it('is mapped inside of its volume, or not at all, whatever is changed', async () => {
    const whole = await mapFilesystem(content, volumeWith(new Map()))
    const used = whole.kind === 'mapped' ? whole.used : []
    const place = fc.oneof(
      fc.nat(4095),
      fc.nat(1023).map((at) => 65_536 + at),
      fc.constantFrom(...used).chain(({ offset, length }) => fc.nat(Math.min(length, 16_384) - 1).map((at) => offset + at)),
    )
    const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const map = await mapFilesystem(content, volumeWith(new Map(list)))
        if (map.kind !== 'mapped') return
        for (const { offset, length } of map.used) {
          expect(offset).toBeGreaterThanOrEqual(0)
          expect(length).toBeGreaterThan(0)
          expect(offset + length).toBeLessThanOrEqual(sizeBytes)
        }
      }),
      { numRuns: RUNS },
    )
  })
})
