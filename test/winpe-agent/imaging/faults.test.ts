// Requests that fail in turn and bytes that change on the way: a capture and a deploy end well, or wrong bytes are never written.
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/contract/inventory.ts'
import { encodeGpt } from '../../../src/imaging/gpt.ts'
import type { ImagingTools } from '../../../src/winpe-agent/imaging/imaging-tools.ts'
import { type ImageAppliance, type ImageApplianceOptions, imageAppliance } from '../../fakes/image-appliance.ts'
import { ImagingAgent } from '../../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const SIZE = 48 * MiB

/** Files stand for disks; their partitions are boot partitions, which are copied whole and need no tool. */
const imaging: ImagingTools = {
  partitionPath: (path, number) => `${path}${number}`,
  usedExtents: async () => [],
  usedExtentsOfPieces: async () => [],
  writeCount: async () => undefined,
  dropCaches: async () => undefined,
  announcePartitions: async () => undefined,
  growFilesystem: async () => undefined,
  shrinkFilesystem: async () => undefined,
  checkFilesystem: async () => undefined,
  discard: async () => 0,
  whileMounted: async (path, _content, _access, _run, work) => work(path),
}
const tools = { disks: { findings: async () => ({ tableId: undefined, found: [] }) }, imaging }

let directory: string
let appliance: ImageAppliance
let source: Disk
let target: Disk

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-faults-'))
  source = await diskFile('source')
  target = await diskFile('target')
  const partition = { typeId: '21686148-6449-6e6f-744e-656564454649', attributes: '0'.repeat(16), name: 'data' }
  const table = {
    kind: 'gpt',
    id: '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11',
    entryCount: 128,
    firstUsableBytes: 34 * 512,
    bootCode: '',
    partitions: [{ ...partition, number: 1, startBytes: MiB, sizeBytes: 40 * MiB, id: '0a3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11' }],
  } as const
  const bytes = await readFile(source.devicePath)
  for (let at = MiB; at < 41 * MiB; at += 4096) bytes.writeUInt32LE(at ^ 0x5bd1e995, at)
  for (const { offset, bytes: part } of encodeGpt(
    { ...table, partitions: [...table.partitions] },
    { sizeBytes: SIZE, sectorBytes: 512 },
  ))
    bytes.set(part, offset)
  await writeFile(source.devicePath, bytes)
})

afterEach(async () => {
  await appliance?.close()
  await rm(directory, { recursive: true, force: true })
})

async function diskFile(name: string): Promise<Disk> {
  const devicePath = join(directory, name)
  await writeFile(devicePath, '')
  await truncate(devicePath, SIZE)
  const sectors = { logicalSectorBytes: 512, physicalSectorBytes: 512 }
  return { devicePath, sizeBytes: SIZE, ...sectors, isRotational: false, isRemovable: false, isReadOnly: false }
}

async function agentOf(options: Omit<ImageApplianceOptions, 'dataDir'>): Promise<ImagingAgent> {
  appliance = await imageAppliance({ dataDir: join(directory, 'data'), ...options })
  return new ImagingAgent(await appliance.listen(), tools)
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

  it('always: the deploy fails, and none of them reach the disk', async () => {
    const agent = await agentOf({ onChunk: flipped })
    await agent.capture(source)
    await expect(agent.deploy(target, appliance.images.find('disk', 1))).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
    const bytes = await readFile(target.devicePath)
    expect(bytes.subarray(MiB, 41 * MiB).some((byte) => byte !== 0)).toBe(false)
  })
})

/** Still a frame that zstd may or may not take, but of other content. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length >> 1]! ^= 0x20
  return copy
}
