// Disks that can be read in more than one way, and bytes that belong to no partition: made with the real tools, captured, deployed onto a disk
// that is full of something else, and looked at again with blkid, wipefs and cmp.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importImage } from '../../src/winpe-agent/index.ts'
import { RecordedFileWork } from '../fakes/file-work.ts'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'
import { ImagingAgent } from '../fakes/imaging-agent.ts'

const MiB = 1024 * 1024
const SIZE = 64 * MiB

/** Shell: $d is the disk, $f its file. */
const layOut = (script: string, more = '') =>
  `printf '${script}\\n' | sfdisk --quiet --no-reread --no-tell-kernel ${more} $d; sync; partx --update --nr 1:256 $d || true`
const noiseAt = (sector: number, count: number, sectorBytes = 512) =>
  `head -c ${count * sectorBytes} /dev/urandom | dd of=$d bs=${sectorBytes} seek=${sector} conv=notrunc,fsync status=none`
/** Metadata of an md RAID, byte by byte: this kernel has no md that would write it. */
const md1 = (target: string, sector: string) =>
  `python3 - ${target} ${sector} <<'PY'
import struct, sys
path, at = sys.argv[1], int(sys.argv[2])
block = bytearray(4096)
struct.pack_into('<IIII', block, 0, 0xa92b4efc, 1, 0, 0)
block[16:32] = bytes(range(1, 17))
struct.pack_into('<Q', block, 144, at)
struct.pack_into('<I', block, 220, 1)
csum = sum(struct.unpack('<64I', block[:256])) + 0
csum = (csum & 0xffffffff) + (csum >> 32)
struct.pack_into('<I', block, 216, csum & 0xffffffff)
with open(path, 'r+b') as disk:
  disk.seek(at * 512); disk.write(block)
PY
`

interface Case {
  readonly name: string
  readonly sectorBytes?: number
  readonly make: string
}

interface Refused extends Case {
  readonly says: readonly RegExp[]
  readonly code?: string
  /** With this choice it is taken. */
  readonly as?: 'gpt' | 'mbr' | 'filesystem' | 'raw'
}

const REFUSED: readonly Refused[] = [
  {
    name: 'a filesystem and, later, an MBR over it',
    make: `mkfs.ext4 -q -F $d; ${layOut('label: dos\\nsize=20M', '--wipe never')}`,
    says: [/MBR partition table with 1 partitions/, /ext on the whole disk/],
    as: 'mbr',
  },
  {
    name: 'a FAT with an MBR in its boot sector',
    make: `mkfs.vfat $d >/dev/null; ${layOut('label: dos\\nsize=20M', '--wipe never')}`,
    says: [/MBR/, /fat on the whole disk/],
    as: 'filesystem',
  },
  {
    name: 'a GPT whose two copies say different things',
    make: `${layOut('label: gpt\\nsize=20M')}; dd if=$d of=$f.end bs=512 skip=$((131072 - 33)) count=33 status=none
      ${layOut('label: gpt\\nsize=10M\\nsize=10M', '--wipe never')}; dd if=$f.end of=$d bs=512 seek=$((131072 - 33)) conv=notrunc,fsync status=none; rm $f.end`,
    says: [/GUID partition table with 2 partitions/, /backup copy, whole as well, with 1 other/],
    as: 'gpt',
  },
  {
    name: 'a table on a member of an Intel RAID',
    make: `${layOut('label: dos\\nsize=20M')}; printf 'Intel Raid ISM Cfg Sig. 1.3.00' | dd of=$d bs=512 seek=$((131072 - 2)) conv=notrunc,fsync status=none`,
    says: [/MBR/, /Intel RAID/],
    as: 'mbr',
  },
  {
    name: 'a Windows dynamic disk',
    make: layOut('label: dos\\nsize=20M, type=42'),
    says: [/MBR/, /dynamic disk/],
    as: 'mbr',
  },
  {
    name: 'a GPT that sector 0 announces and nobody has',
    make: `${layOut('label: gpt\\nsize=20M')}; dd if=/dev/zero of=$d bs=512 seek=1 count=1 conv=notrunc status=none
      dd if=/dev/zero of=$d bs=512 seek=131071 count=1 conv=notrunc,fsync status=none`,
    code: 'IMAGE_TABLE_INVALID',
    says: [/0xEE/],
    as: 'raw',
  },
  {
    name: 'two extended partitions',
    make: `${layOut('label: dos\\nsize=10M, type=5\\nsize=10M')}; partx --delete $d || true; printf '\\005' | dd of=$d bs=1 seek=$((446 + 16 + 4)) conv=notrunc,fsync status=none`,
    code: 'IMAGE_TABLE_',
    says: [/extended|logical/],
    as: 'raw',
  },
  {
    name: 'a table by sectors of another size than the disk has',
    make: `losetup --sector-size 4096 $d; ${layOut('label: gpt\\nsize=20M')}; losetup --sector-size 512 $d; partx --delete $d || true`,
    says: [/sectors of 4096 bytes/],
    as: 'raw',
  },
  {
    name: 'a partition that is a FAT and a RAID member',
    make: `${layOut('label: gpt\\nsize=20M')}; mkfs.vfat ''$d''p1 >/dev/null; ${md1('$d', '$((2048 + 40960 - 16))').replace("struct.pack_into('<Q', block, 144, at)", "struct.pack_into('<Q', block, 144, at - 2048)")}`,
    code: 'IMAGE_CONTENT_UNKNOWN',
    says: [/md RAID 1.0/, /fat/],
  },
  {
    name: 'a whole disk that is a FAT and a RAID member',
    make: `mkfs.vfat $d >/dev/null; ${md1('$d', '$((131072 - 16))')}`,
    says: [/md RAID 1.0/, /fat/],
    as: 'filesystem',
  },
]

const COPIED: readonly Case[] = [
  {
    name: 'an MBR disk with an old GPT behind it',
    make: `${layOut('label: gpt\\nsize=20M')}; ${layOut('label: dos\\nsize=20M, bootable', '--wipe never')}; mkfs.ext4 -q -F ''$d''p1`,
  },
  {
    name: 'a GPT with its entries behind a boot loader',
    make: `sgdisk -j 40 -n 1:2048:+20M $d >/dev/null; partx --update --nr 1:256 $d; mkfs.ext4 -q -F ''$d''p1; ${noiseAt(2, 20)}`,
  },
  {
    name: 'a GPT disk with loaders and vendors areas between and behind its partitions',
    make: `${layOut('label: gpt\\nfirst-lba: 34\\nstart=24576, size=20M\\nstart=80000, size=10M')}; mkfs.ext4 -q -F ''$d''p1; mkfs.vfat ''$d''p2 >/dev/null
      ${noiseAt(64, 900)}; ${noiseAt(16_384, 3000)}; ${noiseAt(70_000, 1)}; ${noiseAt(120_000, 70)}`,
  },
  {
    name: 'a hybrid MBR with an active partition',
    make: `${layOut('label: gpt\\nsize=20M\\nsize=10M')}; mkfs.ext4 -q -F ''$d''p1; sgdisk --hybrid 1 $d >/dev/null; printf '\\200' | dd of=$d bs=1 seek=446 conv=notrunc,fsync status=none`,
  },
  {
    name: 'a protective MBR whose entry is active',
    make: `${layOut('label: gpt\\nsize=20M')}; mkfs.ext4 -q -F ''$d''p1; printf '\\200' | dd of=$d bs=1 seek=446 conv=notrunc,fsync status=none`,
  },
  {
    name: 'an MBR disk with a loader at every place, logical partitions included',
    make: `${layOut('label: dos\\nstart=4096, size=10M\\nstart=40960, size=30M, type=5\\nstart=45056, size=10M')}; mkfs.ext4 -q -F ''$d''p1; mkfs.vfat ''$d''p5 >/dev/null
      ${noiseAt(16, 30)}; ${noiseAt(41_000, 40)}; ${noiseAt(128_000, 10)}`,
  },
  {
    name: 'an MBR by sectors of 4096 bytes',
    sectorBytes: 4096,
    make: `${layOut('label: dos\\nstart=512, size=20M')}; mkfs.ext4 -q -F ''$d''p1; ${noiseAt(16, 30, 4096)}`,
  },
  {
    name: 'boot partitions over an old filesystem',
    make: `${layOut('label: gpt\\nsize=8M, type=21686148-6449-6E6F-744E-656564454649\\nsize=8M, type=9E1A2D38-C612-4316-AA26-8B49521E5A8B')}
      mkfs.ext4 -q -F ''$d''p1; mkfs.vfat ''$d''p2 >/dev/null; ${noiseAt(10_000, 4000)}; ${noiseAt(30_000, 2000)}`,
  },
  {
    name: 'swap with pages of 16 and 64 KiB',
    make: `${layOut('label: gpt\\nsize=8M, type=S\\nsize=8M, type=S')}; mkswap --pagesize 16384 ''$d''p1 >/dev/null 2>&1; mkswap --pagesize 65536 ''$d''p2 >/dev/null 2>&1`,
  },
  { name: 'a FAT that pretends to have a table', make: 'mkfs.vfat --mbr=yes $d >/dev/null' },
]

describe('a disk that can be read in several ways', () => {
  let directory: string
  let appliance: ImageAppliance
  let agent: ImagingAgent
  let url: Promise<string>

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'platen-readings-'))
    appliance = await imageAppliance({ dataDir: join(directory, 'data') })
    url = appliance.listen()
    agent = new ImagingAgent(await url)
  })

  afterAll(async () => {
    await appliance?.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function withDisks(one: Case, work: (source: ImageDisk, target: ImageDisk) => Promise<void>): Promise<void> {
    await using ends = new AsyncDisposableStack()
    const disks = await Promise.all(
      ['source.img', 'target.img'].map(async (name) => {
        const disk = await ImageDisk.create(join(directory, name), SIZE, one.sectorBytes ?? 512)
        ends.defer(() => disk.remove())
        return disk
      }),
    )
    const [source, target] = disks as [ImageDisk, ImageDisk]
    await sh(`d=${source.path}; f=${source.file}; ${one.make}`)
    await sh(
      `sync; blockdev --flushbufs ${source.path}; partx --update --nr 1:256 ${source.path} 2>/dev/null || partx --delete ${source.path} 2>/dev/null || true`,
    )
    // Something else on every block, and in front of the end a RAID of which wipefs would still tell.
    await sh(
      `yes 'something else' | head -c ${SIZE} > ${target.path}; printf 'Promise Technology, Inc.' | dd of=${target.path} bs=512 seek=$((${SIZE} / 512 - 63)) conv=notrunc status=none` +
        `; wipefs ${target.path} | grep -q promise; sync; blockdev --flushbufs ${target.path}`,
    )
    await work(source, target)
  }

  const newest = () => {
    const { versions } = appliance.images.list()[0]!
    return appliance.images.find('disk', Math.max(...versions.map(({ version }) => version)))
  }

  it.each(REFUSED)('is refused with all of them: $name', async (one) => {
    await withDisks(one, async (source) => {
      const before = appliance.images.list().length
      const refused = await agent.capture(source.inventory).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: expect.stringContaining(one.code ?? 'IMAGE_READINGS_DISAGREE') })
      for (const pattern of one.says) expect((refused as Error).message).toMatch(pattern)
      expect(appliance.images.list().length).toBe(before)
      const choice = one.as === undefined ? { includeUnknown: true } : { as: one.as, includeUnknown: true }
      await agent.capture(source.inventory, choice)
    })
  })

  it.each(COPIED)('is copied, and looks to everybody as it did: $name', async (one) => {
    await withDisks(one, async (source, target) => {
      await agent.capture(source.inventory)
      const wishes = { eraseForeignData: true, keepSizes: true }
      await agent.deploy(target.inventory, newest(), wishes)
      await agent.verify(target.inventory, newest(), wishes)
      for (const number of [0, 1, 2, 5]) {
        const seen = (disk: ImageDisk) => opinionOf(disk.part(number))
        expect(await seen(target), `partition ${number}`).toBe(await seen(source))
      }
      await sh(`cmp -n 512 ${source.path} ${target.path}`)
      await expectSameOutside(source, target)
    })
  })

  it('a file of a disk with sectors of 4096 bytes is read by them, found or said', async () => {
    const one = COPIED.find(({ sectorBytes }) => sectorBytes === 4096)!
    await withDisks(one, async (source) => {
      await agent.capture(source.inventory)
      const want = newest().contentDigest
      const work = new RecordedFileWork(await url)
      for (const [index, sectorBytes] of [undefined, 4096 as const].entries()) {
        const order = {
          file: source.file,
          format: 'raw' as const,
          imageName: 'disk',
          importId: `disk.${index + 1}`,
          includeUnknown: false,
        }
        await importImage({ ...order, sectorBytes }, work)
        expect(newest().contentDigest).toBe(want)
      }
    })
  })

  /** Whatever is not zero in front of, between and behind the partitions of the source. */
  async function expectSameOutside(source: ImageDisk, target: ImageDisk): Promise<void> {
    const dump = await sh(`sfdisk --json ${source.path} 2>/dev/null || true`)
    if (dump === '') return
    const { partitiontable } = JSON.parse(dump) as {
      partitiontable: { partitions?: { start: number; size: number; type: string }[] }
    }
    const ranges = (partitiontable.partitions ?? [])
      .filter(({ type }) => type !== '5')
      .map(({ start, size }) => [start * source.sectorBytes, (start + size) * source.sectorBytes] as const)
      .sort((a, b) => a[0] - b[0])
    let at = 0
    for (const [start, end] of [...ranges, [SIZE, SIZE] as const]) {
      const script = `python3 - ${source.path} ${target.path} ${at} ${start} <<'PY'
import sys
a, b, start, end = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(a, 'rb') as x, open(b, 'rb') as y:
  x.seek(start); y.seek(start)
  for at in range(start, end, 512):
    p, q = x.read(512), y.read(512)
    if any(p) and p != q: sys.exit('byte %d differs' % at)
PY`
      await sh(script)
      at = end
    }
  }
})

async function opinionOf(device: string): Promise<string> {
  const probe = await sh(`blkid -p ${device} 2>&1 | sed 's/^[^:]*: //; s/PART_ENTRY_DISK=[^ ]*//' || true`)
  const wipe = await sh(`wipefs --noheadings --output OFFSET,TYPE,UUID,LABEL ${device} 2>/dev/null || true`)
  return `${probe}\n${wipe}`
}
