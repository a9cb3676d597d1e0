// Capture, deploy, capture again, roll back, on loop devices with real filesystems, through the real routes over loopback.
import { statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { decodeManifest, storedChunksOf } from '../../src/imaging/manifest-codec.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { imageAppliance } from '../fakes/image-appliance.ts'
import { sh } from '../fakes/image-disk.ts'
import { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const SIZE = 320 * MiB

describe('a GPT disk with FAT and ext4', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: SIZE })
    const { source } = scene
    await source.layOut(
      'label: gpt\nsize=1M, type=21686148-6449-6E6F-744E-656564454649, name=boot\nsize=64M, type=U, name=esp\ntype=L, name=root',
    )
    await sh(
      `head -c 1048576 /dev/urandom > ${source.part(1)}; mkfs.vfat -n ESP ${source.part(2)}; mkfs.ext4 -q -L root ${source.part(3)}`,
    )
    await sh(`printf 'boot code' | dd of=${source.path} conv=notrunc status=none`)
    await sh(
      `head -c 300000 /dev/urandom > ${scene.directory}/efi; mmd -i ${source.part(2)} ::/EFI; mcopy -i ${source.part(2)} ${scene.directory}/efi ::/EFI/boot.efi`,
    )
    await scene.mounted(source, 3, (m) =>
      sh(
        `cp -a /usr/share/perl5 ${m}/ 2>/dev/null || cp -a /usr/lib/python3* ${m}/; head -c 30000000 /dev/urandom > ${m}/large; ln ${m}/large ${m}/hard`,
      ),
    )
  })

  afterAll(() => scene?.close())

  it('captures version 1, and the same content again gives the same manifest and sends nothing', async () => {
    const { source, agent } = scene
    const first = await agent.capture(source.inventory)
    expect(first.imageVersion).toBe(1)
    expect(first.transfer.bytesSent).toBeGreaterThan(30_000_000)

    const second = await agent.capture(source.inventory)
    expect(second).toMatchObject({ imageVersion: 2, contentDigest: first.contentDigest, transfer: { bytesSent: 0 } })
    expect(scene.version(2).manifestDigest).toBe(scene.version().manifestDigest)
  })

  it('deploys to a blank disk that then holds the same', async () => {
    const { source, target, agent } = scene
    const view = scene.version()
    const outcome = await agent.deploy(target.inventory, view)
    expect(outcome.contentDigest).toBe(view.contentDigest)
    expect((await agent.verify(target.inventory, view)).contentDigest).toBe(view.contentDigest)

    expect(await sh(`sfdisk --dump ${target.path} | grep -v ^device`)).toBe(
      (await sh(`sfdisk --dump ${source.path} | grep -v ^device`)).replaceAll(source.path, target.path),
    )
    await sh(
      `sgdisk --verify ${target.path}; e2fsck -fn ${target.part(3)}; fsck.vfat -n ${target.part(2)}; cmp ${source.part(1)} ${target.part(1)}; cmp -n 440 ${source.path} ${target.path}`,
    )
    expect(await scene.filesOf(target, 3)).toBe(await scene.filesOf(source, 3))
    await sh(
      `mcopy -n -i ${target.part(2)} ::/EFI/boot.efi ${scene.directory}/efi-copy; cmp ${scene.directory}/efi ${scene.directory}/efi-copy`,
    )
  })

  it('captures a change as version 3, sending only what changed, and rolls back moving only what differs', async () => {
    const { source, target, agent } = scene
    await scene.mounted(source, 3, (m) => sh(`head -c 2000000 /dev/urandom > ${m}/new; rm -r ${m}/hard`))
    const { imageVersion, transfer } = await agent.capture(source.inventory)
    expect(imageVersion).toBe(3)
    expect(transfer.bytesSent).toBeLessThan(8_000_000)

    const known = scene.knownTableIds
    await agent.deploy(target.inventory, scene.version(3), { knownTableIds: known })
    expect(await scene.filesOf(target, 3)).toBe(await scene.filesOf(source, 3))
    const back = await agent.deploy(target.inventory, scene.version(), { knownTableIds: known })
    expect(back.transfer.bytesReceived).toBeLessThan(8_000_000)
    expect(back.transfer.bytesWritten).toBeLessThan(16_000_000)
    expect((await agent.verify(target.inventory, scene.version())).contentDigest).toBe(scene.version().contentDigest)
    await sh(`e2fsck -fn ${target.part(3)}`)
  })

  it('does not write to a disk with foreign data without consent', async () => {
    const { target, agent } = scene
    const before = await sh(`sha256sum ${target.path}`)
    await expect(agent.deploy(target.inventory, scene.version(3))).rejects.toMatchObject({
      code: 'AGENT_DISK_HAS_DATA',
    })
    expect(await sh(`sha256sum ${target.path}`)).toBe(before)
    await agent.deploy(target.inventory, scene.version(3), { eraseForeignData: true })
  })

  it('refuses a mounted source, a disk that is too small and other sectors before the first write', async () => {
    const { source, agent } = scene
    await scene.mounted(source, 3, async () => {
      await expect(agent.capture(source.inventory)).rejects.toMatchObject({ code: 'IMAGE_DISK_IN_USE' })
    })
    const view = scene.version()
    for (const [size, sector, code] of [
      [48 * MiB, 512, 'IMAGE_DOES_NOT_FIT'],
      [SIZE, 4096, 'IMAGE_SECTOR_SIZE_MISMATCH'],
    ] as const) {
      const other = await scene.addDisk(code, size, sector)
      await expect(agent.deploy(other.inventory, view)).rejects.toMatchObject({ code })
      expect(await sh(`du --block-size=1 ${other.file} | cut -f1`)).toBe('0')
    }
  })

  it('says which bytes a disk lost', async () => {
    const { target, agent } = scene
    await sh(`printf x | dd of=${target.part(1)} bs=1 seek=5000 conv=notrunc status=none`)
    await expect(agent.verify(target.inventory, scene.version(3))).rejects.toMatchObject({
      code: 'IMAGE_VERIFY_FAILED',
    })
  })

  it('never gives out a chunk that rotted, and stores it anew at the next capture', async () => {
    const { source, agent } = scene
    const manifest = decodeManifest(zstdDecompressSync(await scene.appliance.images.compressedManifest('disk', 3)))
    const files = [...storedChunksOf(manifest)].map((digest) =>
      join(scene.directory, 'data', 'chunks', digest.slice(0, 2), `${digest}.zst`),
    )
    // The largest: random bytes of a file or of the boot partition, that both version 3 and the source of now hold.
    const file = files.sort((a, b) => statSync(b).size - statSync(a).size)[0]!
    const bytes = await readFile(file)
    bytes[20]! ^= 1
    await writeFile(file, bytes)
    const blank = await scene.addDisk('blank', SIZE)
    const version = scene.version(3)
    await expect(agent.deploy(blank.inventory, version)).rejects.toMatchObject({ code: 'IMAGE_CHUNK_CORRUPT' })
    await agent.capture(source.inventory)
    await agent.deploy(blank.inventory, version, { knownTableIds: scene.knownTableIds })
    await agent.verify(blank.inventory, version)
  })

  it('captures the first version of another image as what differs from the one that its node runs', async () => {
    const { source, target } = scene
    const runs = () => ({ imageName: 'base', version: 1 })
    const appliance = await imageAppliance({ dataDir: join(scene.directory, 'two'), imageName: (jobId) => jobId, runs })
    const agent = new ImagingAgent(await appliance.listen())
    try {
      await agent.capture(source.inventory, { jobId: 'base' })
      await scene.mounted(source, 3, (m) => sh(`head -c 1500000 /dev/urandom > ${m}/other`))
      const { transfer } = await agent.capture(source.inventory, { jobId: 'other' })
      expect(transfer.bytesSent).toBeLessThan(4_000_000)
      const version = appliance.images.find('other', 1)
      await agent.deploy(target.inventory, version, { eraseForeignData: true })
      await agent.verify(target.inventory, version)
      expect(await scene.filesOf(target, 3)).toBe(await scene.filesOf(source, 3))
    } finally {
      await appliance.close()
    }
  })

  it('goes on where it was cut off when the appliance dies in mid-capture', async () => {
    const { source, target } = scene
    await scene.mounted(source, 3, (m) => sh(`head -c 40000000 /dev/urandom > ${m}/much`))
    const dataDir = join(scene.directory, 'cut')
    let batches = 0
    const dying = await imageAppliance({
      dataDir,
      onRequest: (url) => {
        if (/chunks\?/.test(url) && ++batches === 3) void dying.close()
      },
    })
    const url = await dying.listen()
    const cut = new ImagingAgent(url)
    const capture = cut.capture(source.inventory)
    await vi.waitFor(() => expect(dying.app.server.listening).toBe(false), { timeout: 60_000 })
    expect(dying.images.list()).toEqual([])
    const sentBefore = Number(await sh(`du -sb ${dataDir}/chunks | cut -f1`))
    expect(sentBefore).toBeGreaterThan(1_000_000)

    const returned = await imageAppliance({ dataDir })
    await returned.listen(Number(new URL(url).port))
    try {
      expect(await capture).toMatchObject({ imageVersion: 1 })
      const whole = returned.images.find('disk', 1)
      const other = new ImagingAgent(url)
      await other.deploy(target.inventory, whole, { eraseForeignData: true })
      await other.verify(target.inventory, whole)
      // A capture that begins anew finds all of it there.
      expect((await other.capture(source.inventory)).transfer.bytesSent).toBe(0)
      expect(await scene.filesOf(target, 3)).toBe(await scene.filesOf(source, 3))
    } finally {
      await returned.close()
    }
  })
})
