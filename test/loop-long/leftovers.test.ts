// A target that was something else before: after a deploy, blkid and wipefs say of it what they say of the source, and nothing more.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DiskScene } from '../fakes/disk-scene.ts'
import { type ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
const SIZE = 128 * MiB

/** Bytes of a superblock that no tool here can write: path, byte, and python that fills `block`. */
const poke = (path: string, at: number, fill: string) => `python3 - ${path} ${at} <<'PY'
import struct, sys
block = bytearray(4096)
${fill}
with open(sys.argv[1], 'r+b') as disk:
  disk.seek(int(sys.argv[2])); disk.write(block[:min(4096, ${SIZE} - int(sys.argv[2]))])
PY
`
const md1 = (path: string, at: number) =>
  poke(
    path,
    at,
    `struct.pack_into('<II', block, 0, 0xa92b4efc, 1); struct.pack_into('<Q', block, 144, ${at / 512}); struct.pack_into('<I', block, 220, 0)
words = sum(struct.unpack('<64I', bytes(block[:256]))); struct.pack_into('<I', block, 216, ((words & 0xffffffff) + (words >> 32)) & 0xffffffff)`,
  )

interface Earlier {
  readonly name: string
  /** Shell: $d is the disk. */
  readonly make: string
  /** What wipefs finds of it, anywhere. */
  readonly finds: RegExp
}

const layOut = (script: string) =>
  `printf '${script}\\n' | sfdisk --quiet --no-reread --no-tell-kernel $d; partx --update --nr 1:256 $d`

const EARLIER: readonly Earlier[] = [
  { name: 'Btrfs on the whole disk', make: 'mkfs.btrfs -q -f $d', finds: /btrfs/ },
  {
    name: 'XFS in other partitions',
    make: `${layOut('label: gpt\\nstart=40960, size=64M\\nsize=20M')}; mkfs.xfs -q -f ''$d''p1 || mkfs.ext4 -q -F ''$d''p1; mkfs.vfat ''$d''p2 >/dev/null`,
    finds: /gpt/,
  },
  {
    name: 'an MBR with logical partitions',
    make: `${layOut('label: dos\\nstart=2048, size=20M\\nstart=60000, size=80M, type=5\\nstart=65536, size=30M')}; mkswap ''$d''p1 >/dev/null; mkfs.vfat ''$d''p5 >/dev/null`,
    finds: /dos/,
  },
  {
    name: 'RAID 0.90',
    make: poke('$d', SIZE - 65_536, "struct.pack_into('<IIII', block, 0, 0xa92b4efc, 0, 90, 0)"),
    finds: /linux_raid/,
  },
  { name: 'RAID 1.0', make: md1('$d', SIZE - 8192), finds: /linux_raid/ },
  { name: 'RAID 1.2', make: md1('$d', 4096), finds: /linux_raid/ },
  {
    name: 'Intel RAID',
    make: poke('$d', SIZE - 1024, "block[:32] = b'Intel Raid ISM Cfg Sig. 1.3.00\\0\\0'"),
    finds: /isw_raid/,
  },
  { name: 'Promise RAID', make: poke('$d', SIZE - 63 * 512, "block[:24] = b'Promise Technology, Inc.'"), finds: /promise/ },
  {
    name: 'ZFS',
    make: [0, 262_144, SIZE - 524_288, SIZE - 262_144]
      .map((label) =>
        poke('$d', label + 131_072, "[struct.pack_into('<QQ', block, at, 0x00bab10c, 5000) for at in range(0, 4096, 1024)]"),
      )
      .join('\n'),
    finds: /zfs/,
  },
  {
    name: 'LUKS, of which the second header is left',
    make: poke(
      '$d',
      16_384,
      "block[:8] = b'SKUL\\xba\\xbe\\0\\2'; struct.pack_into('>Q', block, 8, 16384); struct.pack_into('>Q', block, 256, 16384)",
    ),
    finds: /LUKS|^$/,
  },
  {
    name: 'a RAID in a partition that lies elsewhere',
    make: `${layOut('label: gpt\\nstart=100000, size=20M')}; ${md1("''$d''p1", 20 * MiB - 8192)}`,
    finds: /gpt/,
  },
]

describe('a target that was', () => {
  let scene: DiskScene

  beforeAll(async () => {
    scene = await DiskScene.open({ sourceBytes: SIZE })
    const { source, agent } = scene
    await source.layOut('label: gpt\nsize=16M, type=S\nsize=16M, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE\nsize=80M, type=L')
    await sh(`mkswap ${source.part(1)} >/dev/null; mkfs.ext4 -q -F ${source.part(3)}; sync`)
    await agent.capture(source.inventory)
  })

  afterAll(() => scene?.close())

  it.each(EARLIER)('$name shows nothing of it any more', async ({ make, finds }) => {
    const { source, target, agent } = scene
    await sh(
      `partx --delete ${target.path} 2>/dev/null || true; yes noise | head -c ${SIZE} > ${target.path}; d=${target.path}; ${make}\nsync; blockdev --flushbufs ${target.path}`,
    )
    expect(await wipefsOf(target, 0)).toMatch(finds)
    await agent.deploy(target.inventory, scene.version(), { eraseForeignData: true })
    await agent.verify(target.inventory, scene.version())
    for (const number of [0, 1, 2, 3]) {
      expect(await wipefsOf(target, number), `partition ${number}`).toBe(await wipefsOf(source, number))
      expect(await blkidOf(target, number), `partition ${number}`).toBe(await blkidOf(source, number))
    }
    await sh(`e2fsck -fn ${target.part(3)}`)
    // Also where nobody looks today, because something else stands in front: every old signature is gone for whoever lays the disk out anew.
    const before = await sh(
      `cp --sparse=always ${target.file} ${target.file}.bare; wipefs --all --force --quiet ${target.file}.bare; wipefs ${target.file}.bare; rm ${target.file}.bare`,
    )
    expect(before).toBe('')
  })

  it('and the same again writes nothing more', async () => {
    const { target, agent } = scene
    const { transfer } = await agent.deploy(target.inventory, scene.version(), { eraseForeignData: true })
    expect(transfer.bytesWritten ?? 0).toBe(0)
  })
})

const wipefsOf = (disk: ImageDisk, number: number): Promise<string> =>
  sh(`wipefs --noheadings --output OFFSET,TYPE,UUID,LABEL ${disk.part(number)} || true`)
const blkidOf = (disk: ImageDisk, number: number): Promise<string> =>
  sh(`blkid -p ${disk.part(number)} 2>&1 | sed 's/^[^:]*: //; s/PART_ENTRY_DISK=[^ ]*//' || true`)
