// A captured disk as raw, qcow2 and bundle, and back again: what QEMU and the system's own tools say of the files.
import { open, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExportFormat, exportImage, importImage } from '../../src/winpe-agent/index.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { RecordedFileWork } from '../fakes/file-work.ts'
import type { ImageAppliance } from '../fakes/image-appliance.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

describe('a GPT disk with FAT and ext4', () => {
  let scene: DiskScene
  let directory: string
  let source: ImageDisk
  let appliance: ImageAppliance
  let work: RecordedFileWork
  let imports = 0

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 300 * MiB })
    ;({ directory, source, appliance } = scene)
    await source.layOut('label: gpt\nsize=64M, type=U, name=esp\ntype=L, name=root')
    await sh(`mkfs.vfat -n ESP ${source.part(1)}; mkfs.ext4 -q -L root ${source.part(2)}`)
    await scene.mounted(source, 2, (m) =>
      sh(`cp -a /usr/share/perl5 ${m}/ || cp -a /usr/lib/python3* ${m}/; head -c 6000000 /dev/urandom > ${m}/large`),
    )
    work = new RecordedFileWork(scene.url)
    await scene.agent.capture(source.inventory)
  })

  afterAll(() => scene?.close())

  const pathOf = (name: string) => join(directory, name)

  async function exported(format: ExportFormat, name: string): Promise<string> {
    await exportImage({ version: appliance.images.find('disk', 1), file: pathOf(name), format }, work)
    return pathOf(name)
  }

  async function imported(name: string, into = work, options = {}): Promise<number> {
    const file = pathOf(name)
    const order = { file, imageName: 'again', importId: `again.${++imports}` }
    return importImage({ ...order, includeUnknown: false, temporaryFolder: directory, ...options }, into)
  }

  it('comes out as raw: the same table, the same files, holes where nothing is', async () => {
    const raw = await exported('raw', 'disk.raw')
    expect((await stat(raw)).size).toBe(source.sizeBytes)
    expect((await stat(raw)).blocks * 512).toBeLessThan(150 * MiB)
    const withoutName = "grep -v ^device: | sed 's/^[^:]*://'"
    expect(await sh(`sfdisk --dump ${raw} | ${withoutName}`)).toBe(await sh(`sfdisk --dump ${source.path} | ${withoutName}`))
    await sh(`sgdisk --verify ${raw} | grep -q 'No problems'`)
    const loop = await sh(`losetup --find --show --read-only --offset ${65 * MiB} ${raw}`)
    try {
      await sh(`e2fsck -fn ${loop}; mkdir -p ${directory}/r; mount -o ro,noload ${loop} ${directory}/r`)
      const listing = (folder: string) => sh(`cd ${folder}; find . -type f -exec sha256sum {} + | sort -k2`)
      const inFile = await listing(pathOf('r'))
      expect(await scene.mounted(source, 2, listing)).toBe(inFile)
    } finally {
      await sh(`umount ${directory}/r; losetup --detach ${loop}`)
    }
  })

  it('comes out as qcow2 that QEMU finds sound and equal to the raw file', async () => {
    const qcow2 = await exported('qcow2', 'disk.qcow2')
    expect(await sh(`qemu-img check ${qcow2}`)).toContain('No errors were found')
    expect(await sh(`qemu-img compare ${pathOf('disk.raw')} ${qcow2}`)).toContain('Images are identical')
  })

  it('goes on with a file that was cut off, fetching only what is not there', async () => {
    const { manifestDigest } = appliance.images.find('disk', 1)
    const part = `${pathOf('second.raw')}.${manifestDigest.slice(0, 12)}-1.raw.part`
    await sh(`cp --sparse=always ${pathOf('disk.raw')} ${part}; fallocate --punch-hole --offset 90M --length 2M ${part}`)
    let fetched = 0
    const counting = new RecordedFileWork(work.access.url)
    counting.progress = ((update: { transfer: { bytesReceived?: number } }) => {
      fetched = update.transfer.bytesReceived ?? 0
    }) as typeof counting.progress
    await exportImage({ version: appliance.images.find('disk', 1), file: pathOf('second.raw'), format: 'raw' }, counting)
    expect(fetched).toBeLessThan(4 * MiB)
    await sh(`cmp ${pathOf('disk.raw')} ${pathOf('second.raw')}`)
  })

  it.each([
    ['raw', ''],
    ['our qcow2', 'cp disk.qcow2 try'],
    ['compressed qcow2 of version 2', 'qemu-img convert -c -O qcow2 -o compat=0.10 disk.raw try'],
    [
      'qcow2 compressed with zstd and small clusters',
      'qemu-img convert -c -O qcow2 -o compression_type=zstd,cluster_size=16k disk.raw try',
    ],
  ])('goes in as %s and holds the same as what was captured, chunk for chunk', async (_name, make) => {
    await sh(`cd ${directory}; rm -f try; ${make || 'cp --sparse=always disk.raw try'}`)
    const version = await imported('try')
    const { contentDigest, nodeId } = appliance.images.find('again', version)
    expect(contentDigest).toBe(appliance.images.find('disk', 1).contentDigest)
    expect(nodeId).toBeUndefined()
    expect(await sh(`losetup --list --noheadings --output BACK-FILE | grep -c ${directory}/try || true`)).toBe('0')
  })

  it('goes in without a loop device, then with every block of each partition, and says so', async () => {
    const path = process.env.PATH
    const alone = new RecordedFileWork(work.access.url)
    let version: number
    try {
      process.env.PATH = '/nowhere'
      version = await imported('disk.raw', alone)
    } finally {
      process.env.PATH = path
    }
    expect(alone.lines.join('\n')).toContain('every block of each partition is kept')
    expect(appliance.images.find('again', version).usedBytes).toBeGreaterThan(290 * MiB)
    await exportImage({ version: appliance.images.find('again', version), file: pathOf('whole.raw'), format: 'raw' }, work)
    await sh(`cmp ${pathOf('disk.raw')} ${pathOf('whole.raw')}`)
  })

  it('goes as a bundle to another appliance, which is sent only what it lacks', async () => {
    await exported('bundle', 'disk.platen')
    const { appliance: other, url } = await scene.addAppliance('other')
    const there = new RecordedFileWork(url)
    expect(await imported('disk.platen', there)).toBe(1)
    expect(other.images.find('again', 1).manifestDigest).toBe(appliance.images.find('disk', 1).manifestDigest)
    expect((await other.images.verify('again', 1)).damaged).toEqual([])
    expect(await imported('disk.platen', there)).toBe(2)
    expect(there.lines).toContain('the store lacks 0 of them')
  })

  it('refuses a bundle that is cut or changed anywhere, and publishes nothing', async () => {
    const bundle = await readFile(pathOf('disk.platen'))
    const { appliance: empty, url } = await scene.addAppliance('empty')
    const there = new RecordedFileWork(url)
    const places = [0, 10, 20, 60, 400, 900, 2000, 70_000, 2_000_000, bundle.length - 1]
    for (const at of places) {
      await writeFile(pathOf('cut.platen'), bundle.subarray(0, at))
      await expect(imported('cut.platen', there, { format: 'bundle' })).rejects.toMatchObject({ code: 'IMAGE_BUNDLE_INVALID' })
      const file = await open(pathOf('changed.platen'), 'w')
      await file.write(bundle)
      await file.write(Buffer.of(bundle[at]! ^ 0x10), 0, 1, at)
      await file.close()
      await expect(imported('changed.platen', there, { format: 'bundle' })).rejects.toMatchObject({
        code: expect.stringMatching(/^IMAGE_(BUNDLE_INVALID|DIGEST_MISMATCH|MANIFEST_INVALID)$/),
      })
    }
    await writeFile(pathOf('more.platen'), Buffer.concat([bundle, bundle.subarray(-200_000)]))
    await expect(imported('more.platen', there)).rejects.toMatchObject({ code: 'IMAGE_BUNDLE_INVALID' })
    expect(empty.images.list()).toEqual([])
  })

  it('comes as one file by HTTP alone, too', async () => {
    const answer = await fetch(`${work.access.url}/api/v1/images/disk/versions/1/bundle`)
    expect(answer.headers.get('content-disposition')).toContain('disk-1.platen')
    expect(Buffer.from(await answer.arrayBuffer()).equals(await readFile(pathOf('disk.platen')))).toBe(true)
  })

  it('comes in with a filesystem that is broken only when that is asked for', async () => {
    const file = pathOf('broken.raw')
    await sh(`truncate -s 40M ${file}; mkfs.ext4 -q -F ${file}; debugfs -w -R "clri <8>" ${file} 2>&1`)
    await expect(imported('broken.raw')).rejects.toMatchObject({ code: 'IMAGE_CONTENT_BROKEN' })
    const version = await imported('broken.raw', work, { includeBroken: true })
    const { disks } = await appliance.images.manifest('again', version)
    expect(disks[0]!.contents).toMatchObject([{ content: 'raw', broken: expect.stringContaining('e2fsck') }])
  })
})
