// Chunks that rotted in the store come back from a machine that holds the version, and nothing else of its disk does.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storedChunksOf, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

let scene: DiskScene

beforeAll(async () => {
  scene = await DiskScene.open({ sourceBytes: 64 * MiB })
  const { source, target, agent } = scene
  await source.layOut('label: gpt\ntype=L, name=root')
  await sh(`mkfs.ext4 -q ${source.part(1)}`)
  await scene.mounted(source, 1, (m) => sh(`head -c 20000000 /dev/urandom > ${m}/large`))
  await agent.capture(source.inventory)
  await agent.deploy(target.inventory, scene.version())
})

afterAll(() => scene?.close())

async function rot(count: number): Promise<string[]> {
  const digests = [...storedChunksOf(await scene.appliance.images.manifest('disk', 1))].slice(-count)
  for (const digest of digests) {
    const path = join(scene.directory, 'data', 'chunks', digest.slice(0, 2), `${digest}.zst`)
    const bytes = await readFile(path)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path, bytes)
  }
  return digests
}

it('heals what a scrub found, reading and sending no more than that', async () => {
  const { target, agent } = scene
  const { images } = scene.appliance
  const lost = await rot(3)
  expect((await images.scrub()).hurt).toMatchObject([{ version: 1, chunks: 3 }])
  const { transfer } = await agent.heal(target.inventory, scene.version())
  expect(transfer.bytesRead).toBeLessThanOrEqual(lost.length * 2 * MiB)
  expect((await images.verify('disk', 1)).damaged).toEqual([])
  const again = await agent.heal(target.inventory, scene.version())
  expect(again.transfer).toMatchObject({ bytesRead: 0, bytesSent: 0 })
})

it('says what the disk holds no more, brings the rest, and sends nothing else of the disk', async () => {
  const { source, target, agent } = scene
  const { images } = scene.appliance
  await rot(2)
  await images.scrub()
  const before = await sh(`find ${scene.directory}/data/chunks -name '*.zst' | wc -l`)
  // The last file of the disk is overwritten at its end, as a machine in use does.
  const { extents } = unpackDisk((await images.manifest('disk', 1)).disks[0]!)
  const last = extents.at(-1)!
  await sh(`printf used | dd of=${target.path} bs=1 seek=${last.offset + last.length - 512} conv=notrunc status=none`)
  await expect(agent.heal(target.inventory, scene.version())).rejects.toMatchObject({
    code: 'IMAGE_HEAL_INCOMPLETE',
    message: expect.stringContaining('1 of 2 chunks'),
  })
  expect(Number(await sh(`find ${scene.directory}/data/chunks -name '*.zst' | wc -l`))).toBe(Number(before) + 1)
  await agent.heal(source.inventory, scene.version())
  expect((await images.verify('disk', 1)).damaged).toEqual([])
})
