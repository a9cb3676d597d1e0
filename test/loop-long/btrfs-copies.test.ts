// A full check of Btrfs reads every copy of its metadata: one that is damaged is found although another is whole.
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkFilesystem } from '../../src/winpe-agent/tools/check-filesystem.ts'
import { sh } from '../fakes/image-disk.ts'

const RUN = { signal: new AbortController().signal, log: () => undefined }
let directory: string
let device: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-copies-'))
  await sh(`truncate -s 200M ${directory}/disk; mkfs.btrfs -q -m dup ${directory}/disk`)
  device = await sh(`losetup --find --show ${directory}/disk`)
  await sh(`mkdir ${directory}/m; mount ${device} ${directory}/m; cp -r /usr/share/perl5 ${directory}/m; umount ${directory}/m`)
})

afterEach(async () => {
  await sh(`losetup --detach ${device}`)
  await rm(directory, { recursive: true })
})

/** Where the second copy of the first block of the tree of roots stands. */
async function secondCopy(): Promise<number> {
  const chunks = await sh(`btrfs inspect-internal dump-tree -t chunk ${device}`)
  const roots = await sh(`btrfs inspect-internal dump-tree -t root ${device}`)
  const chunk = /CHUNK_ITEM (\d+)\)[^\n]*\n\s+length \d+[^\n]*METADATA\|DUP.*?stripe 1 devid 1 offset (\d+)/s.exec(chunks)!
  const block = /(?:node|leaf) (\d+)/.exec(roots)!
  return Number(block[1]) - Number(chunk[1]) + Number(chunk[2])
}

it('a damaged copy is found by the full check, which changes nothing', async () => {
  expect(await checkFilesystem(device, 'btrfs', 'full', RUN)).toEqual({ kind: 'whole' })
  const at = await secondCopy()
  const disk = await open(device, 'r+')
  await disk.write(Buffer.from('not what it was'), 0, 15, at + 200)
  await disk.sync()
  await disk.close()
  const before = await sh(`sha256sum < ${device}`)
  expect(await checkFilesystem(device, 'btrfs', 'full', RUN)).toMatchObject({ kind: 'broken' })
  expect(await sh(`sha256sum < ${device}`)).toBe(before)
})
