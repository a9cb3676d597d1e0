// 100,000 small files, and a filesystem that is full to the last block of the disk: captured, deployed, compared. On loop devices.
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeManifest, unpackDisk } from '../../src/imaging/manifest-codec.ts'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
const SIZE = 700 * MiB

/** tailMiB: how much at the end it may keep for itself; XFS reserves room in each of its groups. */
const FILESYSTEMS = [
  { name: 'ext4', make: 'mkfs.ext4 -q -N 130000', mount: 'mount', check: 'e2fsck -fn', tailMiB: 3 },
  { name: 'xfs', make: 'mkfs.xfs -q', mount: 'mount -o nouuid', check: 'xfs_repair -n', tailMiB: 64 },
  { name: 'ntfs', make: 'mkfs.ntfs -q -f', mount: 'ntfs-3g', check: 'ntfsfix --no-action', tailMiB: 3 },
  { name: 'btrfs', make: 'mkfs.btrfs -q', mount: 'mount', check: 'btrfs check --readonly', tailMiB: 3 },
] as const

/** Files that say what they are, in 100 directories; then one that takes all that is left. */
const FILL = (m: string) => `
  cd ${m}; for d in $(seq 100); do mkdir d$d; (cd d$d; seq 1000 | split -l 1 -a 3 - file-); done
  seq 1 200000000 > to-the-end 2> /dev/null || true; sync -f .; test $(find . -name 'file-*' | wc -l) = 100000`

/** Names, sizes, owners, times, and one digest over all content in the order of the names. */
const LIST = (m: string) => `
  cd ${m}; find . -printf '%P %y %m %U %G %s %n %T@\\n' | grep -v lost+found | sort | sha256sum
  find . -type f -print0 | sort -z | xargs -0 cat | sha256sum`

describe.each(FILESYSTEMS)('$name that is full, with 100,000 small files', ({ make, mount, check, tailMiB }) => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: SIZE })
    const { source } = scene
    await source.layOut('label: gpt\nsize=1M, type=21686148-6449-6E6F-744E-656564454649\ntype=L')
    await sh(`${make} ${source.part(2)}`)
    await scene.mounted(source, 2, (m) => sh(FILL(m)), mount)
  })

  afterAll(() => scene?.close())

  it('comes back whole, to its last block', async () => {
    const { source, target, agent } = scene
    await agent.capture(source.inventory)
    const version = scene.version()
    const manifest = decodeManifest(zstdDecompressSync(await scene.appliance.images.compressedManifest('disk', 1)))
    const last = unpackDisk(manifest.disks[0]!).extents.at(-1)!
    expect(last.offset + last.length).toBeGreaterThan(SIZE - tailMiB * MiB)

    await agent.wholeDeploy(target.inventory, version)
    await sh(`${check} ${target.part(2)}`)
    expect(await listOf(target)).toBe(await listOf(source))
  })

  const listOf = (disk: ImageDisk) => scene.mounted(disk, 2, (m) => sh(LIST(m)), mount)
})
