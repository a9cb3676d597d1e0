// What a filesystem must do on a larger disk: grow with its partition, and come right again at a roll-back. On loop devices.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'
import type { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const SIZE = 400 * MiB
const LARGER = 900 * MiB

interface GrowCase {
  readonly name: string
  readonly layout: string | undefined
  readonly number: number
  readonly make: string
  readonly mount: string
  readonly check: string
}

const GPT = 'label: gpt\nsize=10M, type=U, name=esp\ntype=L, name=root'

export const EXT4_GROWS: GrowCase = {
  name: 'ext4',
  layout: GPT,
  number: 2,
  make: 'mkfs.ext4 -q',
  mount: 'mount',
  check: 'e2fsck -fn',
}

export const OTHERS_GROW: readonly GrowCase[] = [
  { ...EXT4_GROWS, name: 'xfs', make: 'mkfs.xfs -q', mount: 'mount -o nouuid', check: 'xfs_repair -n' },
  { ...EXT4_GROWS, name: 'btrfs', make: 'mkfs.btrfs -q', check: 'btrfs check --readonly' },
  { ...EXT4_GROWS, name: 'ntfs', make: 'mkfs.ntfs -q -f', mount: 'ntfs-3g', check: 'ntfsresize --info --force' },
  {
    ...EXT4_GROWS,
    name: 'ext4 on the last logical partition of an MBR',
    layout: 'label: dos\nsize=20M, type=83\ntype=5\nsize=30M, type=83\nsize=300M, type=83',
    number: 6,
  },
  { ...EXT4_GROWS, name: 'ext4 without a table', layout: undefined, number: 0, make: 'mkfs.ext4 -q -F' },
]

export function growSuite(cases: readonly GrowCase[]): void {
  describe.each(cases)('$name on a larger disk', ({ layout, number, make, mount, check }) => {
    let scene: DiskScene

    beforeAll(async () => {
      scene = await DiskScene.open({ sourceBytes: SIZE, targetBytes: LARGER })
      const { source, agent } = scene
      if (layout !== undefined) await source.layOut(layout)
      await sh(`${make} ${source.part(number)}`)
      await onMount(source, (m) => sh(`cp -a /usr/share/perl5 ${m}/; head -c 20000000 /dev/urandom > ${m}/random`))
      await agent.capture(source.inventory, { includeUnknown: true })
    })

    afterAll(() => scene?.close())

    it('fills it, with the same files', async () => {
      const { source, target, agent } = scene
      await walk()
      expect(agent.log.join('\n')).toMatch(/larger disk: .* grows from .* after the verify/)
      await sh(`${check} ${target.part(number)}`)
      expect(await roomOf(target)).toBeGreaterThan(LARGER * 0.85)
      expect(await filesOf(target)).toBe(await filesOf(source))
      if (layout !== undefined) await sh(`sfdisk --verify ${target.path}; ! sfdisk --verify ${target.path} 2>&1 | grep -i warn`)
    })

    it('comes back to an earlier version after it was used, and fills the disk again', async () => {
      const { source, target } = scene
      await onMount(target, (m) => sh(`rm -r ${m}/perl5; head -c 450000000 /dev/zero > ${m}/much`))
      await walk({ knownTableIds: scene.knownTableIds })
      await sh(`${check} ${target.part(number)}`)
      expect(await roomOf(target)).toBeGreaterThan(LARGER * 0.85)
      expect(await filesOf(target)).toBe(await filesOf(source))
    })

    it('keeps its size when the job says so', async () => {
      const { target } = scene
      await walk({ keepSizes: true, eraseForeignData: true })
      await sh(`${check} ${target.part(number)}`)
      expect(await roomOf(target)).toBeLessThan(SIZE)
    })

    const walk = (wishes: Parameters<ImagingAgent['deploy']>[2] = {}) =>
      scene.agent.wholeDeploy(scene.target.inventory, scene.version(), wishes)

    const onMount = <T>(disk: ImageDisk, work: (m: string) => Promise<T>) => scene.mounted(disk, number, work, mount)

    const filesOf = (disk: ImageDisk) =>
      onMount(disk, (m) =>
        sh(`cd ${m}; find . -type f -exec sha256sum {} + | sort -k2; find . -printf '%P %y %m %s %n\\n' | grep -v lost | sort`),
      )

    const roomOf = (disk: ImageDisk) =>
      onMount(disk, async (m) => Number(await sh(`df --block-size=1 --output=size ${m} | tail -1`)))
  })
}
