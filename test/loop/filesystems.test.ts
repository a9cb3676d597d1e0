// Every filesystem that is captured by its used blocks, on an MBR disk with logical partitions: captured, deployed, compared.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

interface Filesystem {
  readonly number: number
  readonly content: string
  readonly make: string
  readonly check: string
  /** The command that mounts it to be filled. */
  readonly mount?: string
  /** What this kernel cannot mount is filled from a folder by a tool of its own. */
  readonly load?: (folder: string, device: string) => string
  /** The command that mounts it to be looked at. */
  readonly look: string
  /** Neither links nor attributes, and no holes in files. */
  readonly isPlain?: boolean
}

const FILESYSTEMS: readonly Filesystem[] = [
  { number: 1, content: 'ext', make: 'mkfs.ext4 -q', check: 'e2fsck -fn', mount: 'mount', look: 'mount -o ro' },
  { number: 5, content: 'xfs', make: 'mkfs.xfs -q -f', check: 'xfs_repair -n', mount: 'mount', look: 'mount -o ro' },
  { number: 6, content: 'btrfs', make: 'mkfs.btrfs -q -f', check: 'btrfs check --readonly', mount: 'mount', look: 'mount -o ro' },
  { number: 7, content: 'ntfs', make: 'mkfs.ntfs -q -f', check: 'ntfsfix --no-action', mount: 'ntfs-3g', look: 'ntfs-3g -o ro' },
  {
    number: 8,
    content: 'f2fs',
    make: 'mkfs.f2fs -q -f',
    check: 'fsck.f2fs --dry-run',
    load: (folder, device) => `sload.f2fs -P -f ${folder} ${device}`,
    look: 'grub-mount',
  },
  {
    number: 9,
    content: 'exfat',
    make: 'mkfs.exfat',
    check: 'fsck.exfat -n',
    mount: 'mount.exfat-fuse',
    look: 'mount.exfat-fuse -o ro',
    isPlain: true,
  },
  {
    number: 10,
    content: 'fat',
    make: 'mkfs.vfat',
    check: 'fsck.vfat -n',
    load: (folder, device) => `mcopy -s -m -i ${device} ${folder}/* ::/`,
    look: 'grub-mount',
    isPlain: true,
  },
  { number: 11, content: 'ext', make: 'mkfs.ext2 -q -b 1024', check: 'e2fsck -fn', mount: 'mount', look: 'mount -o ro' },
]

/** Many files, large ones, and room in between that is free again. */
const FILES = (m: string, count: number) => `
  mkdir -p ${m}/many; for i in $(seq ${count}); do echo $i > ${m}/many/file-$i; done
  mkdir ${m}/gone; head -c 5000000 /dev/urandom > ${m}/gone/large
  head -c 3000000 /dev/urandom > ${m}/random; sync -f ${m}; rm -r ${m}/gone`

/** What copies of filesystems tend to lose. */
const HARD_CASES = (m: string) => `
  truncate -s 20M ${m}/sparse; printf end >> ${m}/sparse
  ln ${m}/random ${m}/hard-link; ln -s random ${m}/soft-link
  touch ${m}/attributes; setfattr -n user.platen -v kept ${m}/attributes || true; sync -f ${m}`

describe('an MBR disk with logical partitions', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 1500 * MiB })
    const { source } = scene
    await source.layOut(
      'label: dos\ndisk1 : size=100M, type=83, bootable\ndisk2 : size=1300M, type=5\n' +
        ['310M', '150M', '100M', '100M', '50M', '50M', '60M', '30M', '20M']
          .map((size, index) => `disk${index + 5} : size=${size}, type=83\n`)
          .join(''),
    )
    await sh(
      `printf boot | dd of=${source.path} conv=notrunc status=none; printf core | dd of=${source.path} bs=512 seek=1 conv=notrunc status=none`,
    )
    for (const filesystem of FILESYSTEMS) await fill(filesystem)
    await sh(`mkswap -L swapped ${source.part(12)}; head -c 1M /dev/urandom | tee ${source.part(13)} > /dev/null`)
  })

  afterAll(() => scene?.close())

  it('refuses the partition that nobody knows before it reads, and takes it raw when the job says so', async () => {
    const { source, agent } = scene
    await expect(agent.capture(source.inventory)).rejects.toMatchObject({ code: 'IMAGE_CONTENT_UNKNOWN' })
    const { transfer } = await agent.capture(source.inventory, { includeUnknown: true })
    expect(transfer.bytesRead).toBeLessThan(400 * MiB)
    expect(agent.log.filter((line) => /^partition \d+:/.test(line)).map((line) => line.split(/[:,]/)[1]?.trim())).toEqual([
      ...FILESYSTEMS.map(({ content }) => content),
      'swap',
      'raw',
    ])
  })

  it('comes back on another disk with its table, boot code and gap', async () => {
    const { source, target, agent } = scene
    const view = scene.version()
    await agent.deploy(target.inventory, view)
    await agent.verify(target.inventory, view)
    await sh(`cmp -n 1048576 ${source.path} ${target.path}`)
    const dump = async (disk: ImageDisk) => (await sh(`sfdisk --dump ${disk.path}`)).replaceAll(disk.path, 'disk')
    expect(await dump(target)).toBe(await dump(source))
    expect(await sh(`blkid -p -o export -s UUID -s LABEL ${target.part(12)} | tail -2`)).toBe(
      await sh(`blkid -p -o export -s UUID -s LABEL ${source.part(12)} | tail -2`),
    )
    await sh(`cmp ${source.part(13)} ${target.part(13)}`)
  })

  it.each(FILESYSTEMS)(
    '$content on partition $number passes its check and has the same files',
    async ({ number, check, look }) => {
      const { source, target } = scene
      await sh(`${check} ${target.part(number)}`)
      const content = await contentOf(source, number, look)
      expect(content).toContain('many/file-200')
      expect(await contentOf(target, number, look)).toBe(content)
    },
  )

  it('is known as ours when it is deployed to again', async () => {
    const { target, agent } = scene
    const again = await agent.deploy(target.inventory, scene.version(), {
      knownTableIds: scene.knownTableIds,
    })
    expect(again.transfer.bytesWritten).toBeLessThan(16 * MiB)
  })

  async function fill({ number, make, mount, load, isPlain = false }: Filesystem): Promise<void> {
    const device = scene.source.part(number)
    await sh(`${make} ${device}`)
    const cases = (m: string, count: number) => sh(FILES(m, count) + (isPlain ? '' : HARD_CASES(m)))
    if (mount !== undefined) await scene.mounted(scene.source, number, (m) => cases(m, 2000), mount)
    if (load === undefined) return
    const folder = join(scene.directory, `files-${number}`)
    await mkdir(folder)
    // grub-mount, which reads these, goes through a folder from its beginning for every file.
    await cases(folder, 200)
    await sh(load(folder, device))
  }

  function contentOf(disk: ImageDisk, number: number, look: string): Promise<string> {
    const listed =
      "find . -path ./lost+found -prune -o -type f -printf '%P %y %m %U %G %s %n %b %T@\\n' -o -type l -printf '%P %l\\n' | sort"
    const own = 'getfattr -n user.platen attributes 2>/dev/null || true'
    const list = (m: string) => sh(`cd ${m}; ${listed}; find . -type f -exec sha256sum {} + | sort -k2; ${own}`)
    return scene.mounted(disk, number, list, look)
  }
})
