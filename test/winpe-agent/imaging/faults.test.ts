// Requests that fail in turn and bytes that change on the way: a capture and a deploy end well, or wrong bytes are never written.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { storedChunksOf } from '../../../src/imaging/manifest-codec.ts'
import { blankDisk, END, FILE_TOOLS, filledDisk, START, TABLE_ID, TOOLS_OF_OWN_DISK, writeOn } from '../../fakes/file-disks.ts'
import { type ImageAppliance, type ImageApplianceOptions, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'

let directory: string
let appliance: ImageAppliance
let source: Disk
let target: Disk
let url: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-faults-'))
  source = await filledDisk(join(directory, 'source'))
  target = await blankDisk(join(directory, 'target'))
})

afterEach(async () => {
  await appliance?.close()
  await rm(directory, { recursive: true, force: true })
})

async function agentOf(options: Omit<ImageApplianceOptions, 'dataDir'>): Promise<ImagingAgent> {
  appliance = await imageAppliance({ dataDir: join(directory, 'data'), ...options })
  url = await appliance.listen()
  return new ImagingAgent(url, FILE_TOOLS)
}

async function expectSame(): Promise<void> {
  expect((await readFile(target.devicePath)).equals(await readFile(source.devicePath))).toBe(true)
}

describe('a request that fails', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('number %i: is repeated, and all ends well', async (failing) => {
    let count = 0
    const agent = await agentOf({
      onRequest: () => {
        if (++count === failing) throw new Error('the appliance stumbles')
      },
    })
    expect(await agent.capture(source)).toMatchObject({ imageVersion: 1 })
    await agent.deploy(target, appliance.images.find('disk', 1))
    await agent.verify(target, appliance.images.find('disk', 1))
    await expectSame()
  })
})

describe('bytes that change on the way', () => {
  it('once: the chunk is fetched again', async () => {
    let given = 0
    const agent = await agentOf({ onChunk: (bytes) => (++given === 3 ? flipped(bytes) : bytes) })
    await agent.capture(source)
    await agent.deploy(target, appliance.images.find('disk', 1))
    expect(given).toBeGreaterThan(20)
    await expectSame()
  })

  it.each([1, 2, 3])('once, number %i on the way back to the version before: all ends well', async (failing) => {
    let left = Number.POSITIVE_INFINITY
    const agent = await agentOf({ onChunk: (bytes) => (--left === 0 ? flipped(bytes) : bytes) })
    await agent.capture(source)
    await copyFile(source.devicePath, join(directory, 'first'))
    for (const chunk of [3, 5, 9]) await writeOn(source, chunk * CHUNK_BYTES + 70_000, new Uint8Array(9000).fill(7))
    await agent.capture(source)
    await agent.deploy(target, appliance.images.find('disk', 2))
    await expectSame()
    left = failing
    const back = new ImagingAgent(url, TOOLS_OF_OWN_DISK)
    await back.deploy(target, appliance.images.find('disk', 1), { knownTableIds: [TABLE_ID] })
    expect(left).toBeLessThanOrEqual(0)
    expect((await readFile(target.devicePath)).equals(await readFile(join(directory, 'first')))).toBe(true)
  })

  it('always: the deploy fails, and none of them reach the disk', async () => {
    const agent = await agentOf({ onChunk: flipped })
    await agent.capture(source)
    await expect(agent.deploy(target, appliance.images.find('disk', 1))).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
    const bytes = await readFile(target.devicePath)
    expect(bytes.subarray(START, END).some((byte) => byte !== 0)).toBe(false)
  })
})

it('bytes that rot in the store behind its check never reach a disk, and are found', async () => {
  const agent = await agentOf({})
  await agent.capture(source)
  await agent.deploy(target, appliance.images.find('disk', 1))
  const [digest = ''] = storedChunksOf(await appliance.images.manifest('disk', 1))
  await writeOn(
    { devicePath: join(directory, 'data', 'chunks', digest.slice(0, 2), `${digest}.zst`) },
    100,
    Uint8Array.of(1, 2, 3),
  )
  const other = await blankDisk(join(directory, 'other'))
  await expect(agent.deploy(other, appliance.images.find('disk', 1))).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT' })
  expect(appliance.images.missing([digest])).toEqual([digest])
})

/** Still a frame that zstd may or may not take, but of other content. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length >> 1]! ^= 0x20
  return copy
}
