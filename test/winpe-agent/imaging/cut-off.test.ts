// A disk or file of which the end is not there: refused with how much lacks, whoever laid it out.
import { mkdtempSync, rmSync } from 'node:fs'
import { open, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ReadAs } from '../../../src/contract/image.ts'
import { encodeGpt } from '../../../src/imaging/gpt.ts'
import { lookAtDisk } from '../../../src/winpe-agent/imaging/look-at-disk.ts'
import { mbrSector } from '../../fakes/memory-disk.ts'

const MiB = 1024 * 1024
const SIZE = 64 * MiB
const directory = mkdtempSync(join(tmpdir(), 'platen-cut-'))
afterAll(() => rmSync(directory, { recursive: true }))

interface Placed {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Two partitions, the second from 20 to 40 MiB. */
function gpt(sectorBytes: 512 | 4096): readonly Placed[] {
  const partition = (number: number, startBytes: number, sizeBytes: number) => ({
    number,
    startBytes,
    sizeBytes,
    typeId: '0fc63daf-8483-4772-8e79-3d69d8477de4',
    id: `0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b1${number}`,
    attributes: '0'.repeat(16),
    name: '',
  })
  const partitions = [partition(1, MiB, 8 * MiB), partition(2, 20 * MiB, 20 * MiB)]
  const id = '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b1f'
  return encodeGpt(
    { kind: 'gpt', id, entryCount: 128, firstUsableBytes: MiB, partitions, bootCode: '' },
    { sizeBytes: SIZE, sectorBytes },
  )
}

const mbr = (sectorBytes: number): readonly Placed[] => {
  const entry = (start: number, size: number) => ({ type: 0x83, start: start / sectorBytes, count: size / sectorBytes })
  return [{ offset: 0, bytes: mbrSector([entry(MiB, 8 * MiB), entry(20 * MiB, 20 * MiB)]) }]
}

async function look(placed: readonly Placed[], keptBytes: number, sectorBytes: 512 | 4096, as?: ReadAs) {
  const path = join(directory, 'disk.img')
  await writeFile(path, '')
  await truncate(path, SIZE)
  await using file = await open(path, 'r+')
  for (const { offset, bytes } of placed) await file.write(bytes, 0, bytes.length, offset)
  await file.truncate(keptBytes)
  return await lookAtDisk(file, { sizeBytes: keptBytes, sectorBytes }, as)
}

describe.each([512, 4096] as const)('of sectors of %i bytes', (sectorBytes) => {
  it.each([
    { name: 'a GPT', placed: gpt(sectorBytes) },
    { name: 'an MBR', placed: mbr(sectorBytes) },
  ])('$name with a partition that reaches out is refused with the bytes that lack, --as or not', async ({ name, placed }) => {
    for (const as of [undefined, name === 'a GPT' ? 'gpt' : 'mbr'] as const)
      await expect(look(placed, 39 * MiB, sectorBytes, as)).rejects.toMatchObject({
        code: 'IMAGE_DISK_CUT_OFF',
        message: expect.stringContaining(`${MiB} bytes are not there`),
      })
  })

  it('a GPT whose partitions are there, but not its end, is refused, and taken when a person says so', async () => {
    await expect(look(gpt(sectorBytes), 50 * MiB, sectorBytes)).rejects.toMatchObject({
      code: 'IMAGE_DISK_CUT_OFF',
      message: expect.stringMatching(new RegExp(`made for a disk of ${SIZE} bytes.*${14 * MiB} bytes are not there`)),
      hint: expect.stringContaining('--as gpt'),
    })
    expect((await look(gpt(sectorBytes), 50 * MiB, sectorBytes, 'gpt')).partitions).toHaveLength(2)
  })

  it('an MBR says nothing of the end of its disk', async () => {
    expect((await look(mbr(sectorBytes), 50 * MiB, sectorBytes)).partitions).toHaveLength(2)
  })

  it('a whole disk, or one that became larger, is taken', async () => {
    expect((await look(gpt(sectorBytes), SIZE, sectorBytes)).partitions).toHaveLength(2)
    expect((await look(gpt(sectorBytes), SIZE + 5 * MiB, sectorBytes)).partitions).toHaveLength(2)
  })
})
