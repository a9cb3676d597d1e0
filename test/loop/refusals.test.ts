// What a capture says no to before it reads a block, on loop devices: each filesystem is brought into that state for real.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024

interface Refusal {
  readonly name: string
  /** Shell: $p is the partition, $m a directory to mount at. */
  readonly make: string
  readonly code: string
  readonly says: RegExp
  readonly hint: RegExp
  /** The job does not take what cannot be told. */
  readonly onlyKnown?: boolean
}

/** The beginning of a filesystem that was made for more room than the partition has. */
const cutOff = (name: string, make: string): Refusal => ({
  name: `${name} that is larger than its partition`,
  make: `rm -f $d/large; truncate -s 500M $d/large; ${make} $d/large > /dev/null 2>&1; dd if=$d/large of=$p bs=1M count=100 conv=notrunc,fsync status=none`,
  code: 'IMAGE_CONTENT_CUT_OFF',
  says: /its last \d+ bytes are not there/,
  hint: /made smaller without its filesystem/,
})

const REFUSALS: readonly Refusal[] = [
  {
    name: 'ext4 whose journal must be replayed',
    make: 'mkfs.ext4 -q -F $p; debugfs -w -R "feature needs_recovery" $p',
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /journal holds changes/,
    hint: /e2fsck -f/,
  },
  {
    name: 'XFS whose log must be replayed',
    make: 'mkfs.xfs -q -f $p; mount $p $m; echo 1 > $m/file; sync -f $m; xfs_io -x -c shutdown $m; umount $m',
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /log holds changes/,
    hint: /mount and unmount/,
  },
  {
    name: 'NTFS in which Windows is hibernated',
    make: 'mkfs.ntfs -q -f $p; ntfs-3g $p $m; printf "hibr%4096s" x > $m/hiberfil.sys; umount $m; sleep 0.5',
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /hibernated/,
    hint: /powercfg \/h off/,
  },
  {
    // ntfsresize asks Windows for a check by the same mark.
    name: 'NTFS that is marked for a check',
    make: 'mkfs.ntfs -q -f $p 100000; ntfsresize --force --force --no-progress-bar $p',
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /scheduled for a check/,
    hint: /chkdsk/,
  },
  {
    name: 'FAT that was not unmounted',
    make: "mkfs.vfat -F 32 $p > /dev/null; printf '\\001' | dd of=$p bs=1 seek=65 conv=notrunc,fsync status=none",
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /dirty bit/,
    hint: /fsck\.fat -a/,
  },
  {
    name: 'exFAT that was not unmounted',
    make: "mkfs.exfat $p > /dev/null; printf '\\002' | dd of=$p bs=1 seek=106 conv=notrunc,fsync status=none",
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /dirty bit/,
    hint: /fsck\.exfat -p/,
  },
  ...['S1SUSPEND\\000', 'LINHIB0001', 'ULSUSPEND\\000'].map((mark) => ({
    name: `swap with a hibernated system (${mark.slice(0, 9)})`,
    make: `mkswap -q $p; printf '${mark}' | dd of=$p bs=1 seek=4086 conv=notrunc,fsync status=none`,
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /hibernated system/,
    hint: /shut it down instead of hibernating/,
  })),
  {
    name: 'ext4 whose journal is on another device',
    make: 'mkfs.ext4 -q -F $p; debugfs -w -R "set_super_value journal_inum 0" $p; debugfs -w -R "set_super_value journal_dev 0x801" $p',
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /journal lies on another device/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'ext4 with bigalloc',
    make: 'mkfs.ext4 -q -F -O bigalloc $p 2>&1',
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /bigalloc/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'XFS whose log is on another device',
    make: "mkfs.xfs -q -f $p; xfs_db -x -c 'sb 0' -c 'write -d logstart 0' $p",
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /log lies on another device/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'Btrfs on two devices',
    make: 'rm -f $d/second; truncate -s 300M $d/second; mkfs.btrfs -q -f $p $d/second',
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /lies on 2 devices/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'Btrfs of two devices, of which one is lost',
    make: `rm -f $d/second; truncate -s 350M $d/second; second=$(losetup --find --show $d/second); mkfs.btrfs -q -f -d raid1 -m raid1 $second $p
      losetup --detach $second`,
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /lies on 2 devices/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'F2FS on two devices',
    make: `rm -f $d/second; truncate -s 100M $d/second; second=$(losetup --find --show $d/second); mkfs.f2fs -q -f -c $second $p > /dev/null
      losetup --detach $second`,
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /lies on 2 devices/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'XFS with files on a realtime device',
    make: 'rm -f $d/second; truncate -s 50M $d/second; mkfs.xfs -q -f -r rtdev=$d/second $p',
    code: 'IMAGE_CONTENT_UNMAPPED',
    says: /realtime/,
    hint: /--include-unknown/,
    onlyKnown: true,
  },
  {
    name: 'ext4 that another machine has mounted',
    make: `mkfs.ext4 -q -F -O mmp,^metadata_csum $p; at=$(dumpe2fs -h $p 2>/dev/null | sed -n 's/MMP block number: *//p')
      size=$(dumpe2fs -h $p 2>/dev/null | sed -n 's/Block size: *//p'); printf '\\005\\000\\000\\000' | dd of=$p bs=1 seek=$((at * size + 4)) conv=notrunc,fsync status=none`,
    code: 'IMAGE_CONTENT_UNCLEAN',
    says: /has it mounted/,
    hint: /mount and unmount/,
  },
  cutOff('ext4', 'mkfs.ext4 -q -F'),
  cutOff('XFS', 'mkfs.xfs -q -f'),
  cutOff('Btrfs', 'mkfs.btrfs -q -f'),
  cutOff('FAT', 'mkfs.vfat -F 32'),
  cutOff('exFAT', 'mkfs.exfat'),
  cutOff('NTFS', 'mkfs.ntfs -q -F'),
  {
    name: 'ext4 whose check finds it broken',
    make: 'mkfs.ext4 -q -F $p; debugfs -w -R "clri <8>" $p',
    code: 'IMAGE_CONTENT_BROKEN',
    says: /e2fsck ends with exit code/,
    hint: /--include-broken/,
  },
  {
    name: 'FAT whose tables are damaged',
    make: 'mkfs.vfat -F 16 -R 1 -a -f 1 $p > /dev/null; head -c 300000 /dev/urandom > $d/file; mcopy -i $p $d/file ::/; dd if=/dev/zero of=$p bs=1 seek=524 count=8 conv=notrunc,fsync status=none',
    code: 'IMAGE_CONTENT_BROKEN',
    says: /fsck\.fat ends with exit code/,
    hint: /--include-broken/,
  },
  {
    name: 'BitLocker, also when unknown content may be copied',
    make: "printf '\\353\\130\\220-FVE-FS-' | dd of=$p conv=notrunc,fsync status=none",
    code: 'IMAGE_CONTENT_LOCKED',
    says: /BitLocker/,
    hint: /manage-bde -off/,
  },
]

describe('a capture refuses', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: 360 * MiB })
    await scene.source.layOut('label: gpt\nsize=16M, type=L\ntype=L')
    await sh(`mkfs.ext4 -q ${scene.source.part(1)}`)
  })

  afterAll(() => scene?.close())

  it.each(REFUSALS)('$name', async ({ make, code, says, hint, onlyKnown = false }) => {
    const { source, agent, appliance, directory } = scene
    await sh(`wipefs -qa ${source.part(2)}; p=${source.part(2)}; d=${directory}; m=${directory}/m; mkdir -p $m; ${make}; sync $p`)
    const refused = await agent.capture(source.inventory, { includeUnknown: !onlyKnown }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says), hint: expect.stringMatching(hint) })
    expect(appliance.images.list()).toEqual([])
    expect(agent.log.join('\n')).not.toContain('to read:')
  })

  it('what cannot be mapped only until it is told to take it raw', async () => {
    const { source, agent } = scene
    await sh(`wipefs -qa ${source.part(2)}; mkfs.ext4 -q -F -O bigalloc ${source.part(2)} 2>&1; sync ${source.part(2)}`)
    await agent.capture(source.inventory, { includeUnknown: true })
    expect(agent.log.join('\n')).toMatch(/partition 2: copied whole, because it counts its blocks in clusters/)
  })

  it('what is broken only until it is told to take it: the image says so, and verify asks for no check of it', async () => {
    const { source, target, agent } = scene
    const part = source.part(2)
    await sh(`wipefs -qa ${part}; mkfs.ext4 -q -F ${part}; debugfs -w -R "clri <8>" ${part} 2>&1; sync ${part}`)
    const { imageVersion } = await agent.capture(source.inventory, { includeBroken: true })
    const view = scene.version(imageVersion!)
    await agent.deploy(target.inventory, view)
    await agent.verify(target.inventory, view)
    await sh(`cmp ${part} ${target.part(2)}`)
  })

  it('a disk that is held, but not for a moment only', async () => {
    const { source, agent } = scene
    await sh(`wipefs -qa ${source.part(2)}; mkfs.ext4 -q -F ${source.part(2)}; sync ${source.part(2)}`)
    const held = await open(source.path, constants.O_RDONLY | constants.O_EXCL)
    const lines = agent.log.length
    const capture = agent.capture(source.inventory)
    await vi.waitFor(() => expect(agent.log.length).toBeGreaterThan(lines))
    await held.close()
    expect((await capture).imageVersion).toBeGreaterThan(0)
  })

  it('a mounted filesystem', async () => {
    const { source, agent } = scene
    await scene.mounted(source, 1, async () => {
      await expect(agent.capture(source.inventory)).rejects.toMatchObject({
        code: 'IMAGE_DISK_IN_USE',
        message: expect.stringContaining(`${source.part(1)} is mounted at `),
      })
    })
  })
})
