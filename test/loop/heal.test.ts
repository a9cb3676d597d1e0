// Chunks that rotted in the store come back from a machine that holds the version, and nothing else of its disk does.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chunkDigestsOf, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'
import { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024

let directory: string
let source: ImageDisk
let node: ImageDisk
let appliance: ImageAppliance
let agent: ImagingAgent

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-loop-'))
  source = await ImageDisk.create(join(directory, 'source.img'), 64 * MiB)
  node = await ImageDisk.create(join(directory, 'node.img'), 64 * MiB)
  await source.layOut('label: gpt\ntype=L, name=root')
  await sh(`mkfs.ext4 -q ${source.part(1)}`)
  await source.mounted(1, join(directory, 'm'), (m) => sh(`head -c 20000000 /dev/urandom > ${m}/large`))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  agent = new ImagingAgent(await appliance.listen())
  await agent.capture(source.inventory)
  await agent.deploy(node.inventory, appliance.images.find('disk', 1))
})

afterAll(async () => {
  await appliance?.close()
  await source?.remove()
  await node?.remove()
  await rm(directory, { recursive: true, force: true })
})

async function rot(count: number): Promise<string[]> {
  const digests = [...chunkDigestsOf(await appliance.images.manifest('disk', 1))].slice(-count)
  for (const digest of digests) {
    const path = join(directory, 'data', 'chunks', digest.slice(0, 2), `${digest}.zst`)
    const bytes = await readFile(path)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path, bytes)
  }
  return digests
}

it('heals what a scrub found, reading and sending no more than that', async () => {
  const lost = await rot(3)
  expect((await appliance.images.scrub()).hurt).toMatchObject([{ version: 1, chunks: 3 }])
  const { transfer } = await agent.heal(node.inventory, appliance.images.find('disk', 1))
  expect(transfer.bytesRead).toBeLessThanOrEqual(lost.length * 2 * MiB)
  expect((await appliance.images.verify('disk', 1)).damaged).toEqual([])
  const again = await agent.heal(node.inventory, appliance.images.find('disk', 1))
  expect(again.transfer).toMatchObject({ bytesRead: 0, bytesSent: 0 })
})

it('says what the disk holds no more, brings the rest, and sends nothing else of the disk', async () => {
  await rot(2)
  await appliance.images.scrub()
  const before = await sh(`find ${directory}/data/chunks -name '*.zst' | wc -l`)
  // The last file of the disk is overwritten at its end, as a machine in use does.
  const { extents } = unpackDisk((await appliance.images.manifest('disk', 1)).disks[0]!)
  const last = extents.at(-1)!
  await sh(`printf used | dd of=${node.path} bs=1 seek=${last.offset + last.length - 512} conv=notrunc status=none`)
  await expect(agent.heal(node.inventory, appliance.images.find('disk', 1))).rejects.toMatchObject({
    code: 'IMAGE_HEAL_INCOMPLETE',
    message: expect.stringContaining('1 of 2 chunks'),
  })
  expect(Number(await sh(`find ${directory}/data/chunks -name '*.zst' | wc -l`))).toBe(Number(before) + 1)
  await agent.heal(source.inventory, appliance.images.find('disk', 1))
  expect((await appliance.images.verify('disk', 1)).damaged).toEqual([])
})
