// A chunk that changed in part, from disk to store and back: only its new blocks are stored, with those of its neighbours; only they travel to a
// disk that holds the version before, and what the store loses of them a disk brings back.
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { SECTION_BYTES } from '../../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { storedChunksOf, unpackDisk } from '../../../src/imaging/manifest-codec.ts'
import { blankDisk, FILE_TOOLS, filledDisk, TABLE_ID, TOOLS_OF_OWN_DISK, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'

let directory: string
let appliance: ImageAppliance
let url: string
let agent: ImagingAgent
let source: Disk
let onRequest: (url: string) => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-sections-'))
  source = await filledDisk(join(directory, 'source'))
  onRequest = () => undefined
  appliance = await imageAppliance({ dataDir: join(directory, 'data'), onRequest: (url) => onRequest(url) })
  url = await appliance.listen()
  agent = new ImagingAgent(url, FILE_TOOLS)
})

afterEach(async () => {
  await appliance.close()
  await rm(directory, { recursive: true, force: true })
})

const view = (version: number) => appliance.images.find('disk', version)
const newChunks = async () => {
  const before = storedChunksOf(await appliance.images.manifest('disk', 1))
  return [...storedChunksOf(await appliance.images.manifest('disk', 2))].filter((digest) => !before.has(digest))
}
/** Bytes that do not compress, in the middle of a section. */
function noise(seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length: 60_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 16) & 0xff
  })
}
const changeSection = (chunk: number, section: number, seed: number) =>
  writeOn(source, chunk * CHUNK_BYTES + section * SECTION_BYTES + 4096, noise(seed))

async function expectSame(disk: Disk): Promise<void> {
  expect((await readFile(disk.devicePath)).equals(await readFile(source.devicePath))).toBe(true)
}

async function twoVersions(): Promise<void> {
  await agent.capture(source)
  await changeSection(3, 2, 1)
  await changeSection(3, 9, 2)
  await changeSection(7, 0, 3)
  expect(await agent.capture(source)).toMatchObject({ imageVersion: 2, transfer: { bytesSent: expect.closeTo(180_000, -4.5) } })
}

it('a new version adds the blocks that changed, goes to blank disks and to those with the version before, and back', async () => {
  await twoVersions()
  expect(await newChunks()).toHaveLength(1)
  expect(view(2).addedBytes).toBeLessThan(200_000)

  const [blank, older] = [await blankDisk(join(directory, 'blank')), await blankDisk(join(directory, 'older'))]
  await agent.deploy(blank, view(2))
  await agent.verify(blank, view(2))
  await expectSame(blank)

  await agent.deploy(older, view(1))
  const updating = new ImagingAgent(url, TOOLS_OF_OWN_DISK)
  const { transfer } = await updating.deploy(older, view(2), { knownTableIds: [TABLE_ID] })
  expect(transfer).toMatchObject({ bytesReceived: expect.closeTo(180_000, -4.5), bytesWritten: 3 * 15 * 4096 })
  await agent.verify(older, view(2))
  await expectSame(older)

  const back = await updating.deploy(older, view(1), { knownTableIds: [TABLE_ID] })
  // Of whole chunks that are stored as one, the blocks that differ: 15 of 4 KiB hold 60,000 bytes.
  expect(back.transfer).toMatchObject({ bytesWritten: 3 * 15 * 4096 })
  expect(back.transfer?.bytesReceived).toBeLessThan(3 * 15 * 4096)
  await agent.verify(older, view(1))
})

it('changes that leave no section of a chunk right go back for little more than what differs', async () => {
  // Every sixteenth block of eight chunks: two in each section.
  const strewn = Array.from({ length: 8 * 32 }, (_, index) => CHUNK_BYTES * (2 + (index >> 5)) + (index & 31) * 16 * 4096)
  for (const [index, at] of strewn.entries()) await writeOn(source, at, noise(index).subarray(0, 4096))
  await agent.capture(source)
  for (const [index, at] of strewn.entries()) await writeOn(source, at, noise(1000 + index).subarray(0, 4096))
  await agent.capture(source)
  const disk = await blankDisk(join(directory, 'strewn'))
  await agent.deploy(disk, view(2))
  const back = new ImagingAgent(url, TOOLS_OF_OWN_DISK)
  const { transfer } = await back.deploy(disk, view(1), { knownTableIds: [TABLE_ID] })
  const differing = strewn.length * 4096
  expect(transfer?.bytesWritten).toBe(differing)
  expect(transfer?.bytesReceived).toBeLessThan(1.05 * differing)
  await back.verify(disk, view(1))
})

it('unchanged, it is captured again without a byte, and from the version after without the blocks that stayed', async () => {
  await twoVersions()
  expect(await agent.capture(source)).toMatchObject({ imageVersion: 3, transfer: { bytesSent: 0 } })
  expect(view(3).contentDigest).toBe(view(2).contentDigest)
  await changeSection(3, 14, 4)
  expect(await agent.capture(source)).toMatchObject({ imageVersion: 4, transfer: { bytesSent: expect.closeTo(60_000, -4) } })
  const disk = await blankDisk(join(directory, 'blank'))
  await agent.deploy(disk, view(4))
  await expectSame(disk)
})

it('a capture that was cut off sends nothing twice', async () => {
  await agent.capture(source)
  await changeSection(3, 2, 1)
  const cut = new AbortController()
  onRequest = (url) => {
    if (!url.includes('/manifest?')) return
    cut.abort()
    throw new Error('the network is gone')
  }
  await expect(agent.capture(source, { signal: cut.signal })).rejects.toThrow()
  onRequest = () => undefined
  expect(await agent.capture(source)).toMatchObject({ imageVersion: 2, transfer: { bytesSent: 0 } })
  expect(await newChunks()).toHaveLength(1)
})

it('added chunks that the store loses come back from a disk', async () => {
  await twoVersions()
  const chunks = join(directory, 'data', 'chunks')
  const files = (await readdir(chunks, { recursive: true })).filter((name) => name.endsWith('.zst'))
  for (const digest of await newChunks()) {
    const file = files.find((name) => name.includes(digest))!
    await rename(join(chunks, file), join(directory, `${digest}.lost`))
  }
  expect((await appliance.images.verify('disk', 2)).damaged).toHaveLength(1)
  await agent.heal(source, view(2))
  expect((await appliance.images.verify('disk', 2)).damaged).toEqual([])
})

it('version after version: each adds little, lies in few stored chunks, and comes from each other', async () => {
  await agent.capture(source)
  const contents = [await readFile(source.devicePath)]
  for (let version = 2; version <= 7; version++) {
    for (const chunk of [3, 4, 9]) await writeOn(source, chunk * CHUNK_BYTES + version * 90_112, noise(version * 100 + chunk))
    await agent.capture(source)
    contents.push(await readFile(source.devicePath))
    // Once in four versions what the last ones added is packed anew.
    expect(view(version).addedBytes).toBeLessThan(5 * 3 * 65_536)
    const { disks } = await appliance.images.manifest('disk', version)
    for (const { chunks } of unpackDisk(disks[0]!).composed.values()) expect(chunks.length).toBeLessThanOrEqual(4)
  }
  const disk = await blankDisk(join(directory, 'walks'))
  await agent.deploy(disk, view(7))
  const walking = new ImagingAgent(url, TOOLS_OF_OWN_DISK)
  for (const version of [5, 2, 6, 1, 3, 7]) {
    const { transfer } = await walking.deploy(disk, view(version), { knownTableIds: [TABLE_ID] })
    expect((await readFile(disk.devicePath)).equals(contents[version - 1]!)).toBe(true)
    expect(transfer?.bytesReceived).toBeLessThanOrEqual((transfer?.bytesWritten ?? 0) * 1.05)
  }
  expect((await appliance.images.verify('disk', 7)).damaged).toEqual([])
})

it('what an older version was made of stays while a newer one rests on it, and goes with the last', async () => {
  await twoVersions()
  const [base, pack] = [storedChunksOf(await appliance.images.manifest('disk', 1)), await newChunks()]
  await appliance.images.remove('disk', 1)
  // The three chunks that changed rest on those of the first.
  expect(await appliance.images.collect()).toMatchObject({ removedChunks: 0, keptChunks: base.size + pack.length })
  const disk = await blankDisk(join(directory, 'after'))
  await agent.deploy(disk, view(2))
  await expectSame(disk)
})

it('a disk that was laid out anew is stored whole', async () => {
  await agent.capture(source)
  for (let chunk = 1; chunk < 20; chunk++) await writeOn(source, chunk * CHUNK_BYTES, Buffer.alloc(CHUNK_BYTES, noise(chunk)))
  await agent.capture(source)
  const { disks } = await appliance.images.manifest('disk', 2)
  expect(unpackDisk(disks[0]!).composed.size).toBe(0)
  const disk = await blankDisk(join(directory, 'anew'))
  await agent.deploy(disk, view(2))
  await expectSame(disk)
})
