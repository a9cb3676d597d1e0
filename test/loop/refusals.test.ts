// What a capture says no to before it reads a block, on loop devices: each filesystem is brought into that state for real.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
}

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

  it.each(REFUSALS)('$name', async ({ make, code, says, hint }) => {
    const { source, agent, appliance, directory } = scene
    await sh(`wipefs -qa ${source.part(2)}; p=${source.part(2)}; m=${directory}/m; mkdir -p $m; ${make}; sync $p`)
    const refused = await agent.capture(source.inventory, { includeUnknown: true }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says), hint: expect.stringMatching(hint) })
    expect(appliance.images.list()).toEqual([])
    expect(agent.log.join('\n')).not.toContain('to read:')
  })

  it('a mounted filesystem', async () => {
    const { source, agent } = scene
    await scene.mounted(source, 1, async () => {
      await expect(agent.capture(source.inventory)).rejects.toMatchObject({ code: 'IMAGE_DISK_IN_USE' })
    })
  })
})
