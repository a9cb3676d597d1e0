// LVM on a partition: each volume by its filesystem, captured and restored on loop devices. LVM's programs only write metadata
// here (activation=0), so it runs on kernels without a device mapper.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Extent } from '../../src/imaging/extents.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
const EXTENT = 4 * MiB
const DATA_START = MiB

describe('an LVM physical volume', () => {
  let scene: DiskScene

  /** Volumes in the order of their extents: home, swap, 15 of root, blocks, 10 more of root. */
  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 500 * MiB })
    const { source } = scene
    await source.layOut('label: gpt\nsize=20M, type=U\ntype=V')
    await sh(`mkfs.vfat ${source.part(1)}`)
    await lvm('pvcreate -q', source.part(2))
    await lvm('vgcreate -q vg0', source.part(2))
    await lvm('lvcreate -q -an -Zn -Wn -L 100M -n home vg0')
    await lvm('lvcreate -q -an -Zn -Wn -L 40M -n swap vg0')
    await lvm('lvcreate -q -an -Zn -Wn -L 60M -n root vg0')
    await lvm('lvcreate -q -an -Zn -Wn -L 20M -n blocks vg0')
    await lvm('lvextend -q -L +40M vg0/root')
    await withVolume(source, extents(0, 25), (path) =>
      sh(
        `mkfs.ext4 -q ${path}; m=${scene.directory}/m; mkdir -p $m; mount ${path} $m; head -c 5000000 /dev/urandom > $m/file; umount $m`,
      ),
    )
    await withVolume(source, extents(25, 10), (path) => sh(`mkswap -q -L swapped ${path}`))
    await sh(`truncate -s 100M ${scene.directory}/root; mkfs.ext4 -q -d /usr/share/perl5 ${scene.directory}/root`)
    await writePieces(source, rootPieces, join(scene.directory, 'root'))
  })

  afterAll(() => scene?.close())

  it('is told volume by volume', async () => {
    const { source, agent } = scene
    await agent.capture(source.inventory)
    const lines = agent.log
      .filter((line) => line.includes('volume vg0/') && line.includes(' in use'))
      .map((line) => line.replace(/.*vg0\/(\S+): ([^,]*),.*/, '$1 $2'))
    expect(lines.sort()).toEqual(['blocks raw', 'home ext', 'root ext', 'swap swap'])
    const used = scene.version().usedBytes
    expect(used).toBeLessThan(130 * MiB)
    expect(used).toBeGreaterThan(50 * MiB)
  })

  it('comes back with its group and the filesystems of its volumes', async () => {
    const { source, target, agent } = scene
    await agent.wholeDeploy(target.inventory, scene.version())
    expect(await lvm('lvs --noheadings -o name,size,segtype,seg_pe_ranges', `--devices ${target.part(2)} vg0`)).toBe(
      (await lvm('lvs --noheadings -o name,size,segtype,seg_pe_ranges', `--devices ${source.part(2)} vg0`)).replaceAll(
        source.part(2),
        target.part(2),
      ),
    )
    await withVolume(target, extents(0, 25), (path) => sh(`e2fsck -fn ${path}`))
    await withVolume(target, extents(25, 10), async (path) =>
      expect(await sh(`blkid -p -s LABEL -o value ${path}`)).toBe('swapped'),
    )
    await readPieces(target, rootPieces, join(scene.directory, 'copy'))
    await sh(`e2fsck -fn ${scene.directory}/copy`)
    const unpack = (name: string) =>
      `mkdir ${scene.directory}/${name}.d; debugfs -R 'rdump / ${scene.directory}/${name}.d' ${scene.directory}/${name}`
    await sh(`${unpack('root')} 2>&1; ${unpack('copy')} 2>&1; diff -r ${scene.directory}/root.d ${scene.directory}/copy.d`)
  })

  it('is refused when a volume is encrypted, unless the job takes what is unknown', async () => {
    const { source, agent } = scene
    await withVolume(source, extents(25, 10), (path) =>
      sh(`wipefs -qa ${path}; printf 'LUKS\\272\\276' | dd of=${path} conv=notrunc,fsync status=none`),
    )
    await expect(agent.capture(source.inventory)).rejects.toMatchObject({
      code: 'IMAGE_CONTENT_ENCRYPTED',
      message: expect.stringMatching(/vg0\/swap is encrypted with LUKS/),
    })
    await agent.capture(source.inventory, { includeUnknown: true })
  })

  const extents = (first: number, count: number): Extent => ({ offset: DATA_START + first * EXTENT, length: count * EXTENT })
  /** 15 extents behind swap; then "blocks"; then 10 more. */
  const rootPieces = [extents(35, 15), extents(55, 10)]

  async function withVolume(
    disk: ImageDisk,
    { offset, length }: Extent,
    work: (path: string) => Promise<unknown>,
  ): Promise<void> {
    const path = await sh(`losetup --find --show --offset ${offset} --sizelimit ${length} ${disk.part(2)}`)
    try {
      await work(path)
    } finally {
      await sh(`sync ${path}; losetup --detach ${path}; blockdev --flushbufs ${disk.part(2)}`)
    }
  }

  async function readFrom(device: string, pieces: readonly Extent[], path: string): Promise<void> {
    await writeFile(path, '')
    for (const { offset, length } of pieces)
      await sh(`dd if=${device} bs=1M skip=${offset / MiB} count=${length / MiB} status=none >> ${path}`)
  }

  const readPieces = (disk: ImageDisk, pieces: readonly Extent[], path: string) => readFrom(disk.part(2), pieces, path)

  async function writePieces(disk: ImageDisk, pieces: readonly Extent[], path: string): Promise<void> {
    let at = 0
    for (const { offset, length } of pieces) {
      await sh(
        `dd if=${path} of=${disk.part(2)} bs=1M skip=${at / MiB} seek=${offset / MiB} count=${length / MiB} conv=notrunc,fsync status=none`,
      )
      at += length
    }
  }
})

const CONFIG = `--config 'global{activation=0} devices{use_devicesfile=0 scan_lvs=0}'`

async function lvm(command: string, rest = ''): Promise<string> {
  return (await sh(`${command} ${CONFIG} ${rest} 2>/dev/null`)).replace(/ +/g, ' ')
}
