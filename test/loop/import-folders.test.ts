// Image folders of Clonezilla and FOG, made as these programs make them, with partclone: what goes in is what the disk held, and its table.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportImage, importImage } from '../../src/winpe-agent/index.ts'
import { RecordedFileWork } from '../fakes/file-work.ts'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'

const MiB = 1024 * 1024
let directory: string
let appliance: ImageAppliance
let work: RecordedFileWork
let imports = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-loop-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  work = new RecordedFileWork(await appliance.listen())
})

afterAll(async () => {
  await appliance?.close()
  await rm(directory, { recursive: true, force: true })
})

const pathOf = (name: string) => join(directory, name)
const make = (script: string) => sh(`cd ${directory}; ${script}`)

async function imported(name: string, imageName: string): Promise<number> {
  const order = { file: pathOf(name), imageName, importId: `${imageName}.${++imports}`, includeUnknown: false }
  return importImage({ ...order, temporaryFolder: directory }, work)
}

/** The disk of a version as a raw file. */
async function rawOf(imageName: string, version: number, disk = 1): Promise<string> {
  const file = pathOf(`${imageName}-${version}-${disk}.raw`)
  await exportImage({ version: appliance.images.find(imageName, version), file, format: 'raw', disk }, work)
  return file
}

const digestOf = (imageName: string, version: number) => appliance.images.find(imageName, version).contentDigest

const SWAP_UUID = '11112222-3333-4444-5555-666677778888'

/** An MBR disk with a loader behind its first sector, ext4, a logical FAT and a logical swap. */
async function mbrDisk(name: string): Promise<ImageDisk> {
  const disk = await ImageDisk.create(pathOf(name), 112 * MiB)
  return filled(disk, () => fillMbrDisk(disk))
}

/** The disk, or nothing of it when it cannot be filled. */
async function filled(disk: ImageDisk, fill: () => Promise<void>): Promise<ImageDisk> {
  try {
    await fill()
    return disk
  } catch (error) {
    await disk.remove()
    throw error
  }
}

async function fillMbrDisk(disk: ImageDisk): Promise<void> {
  await disk.layOut(
    [
      'label: dos\nlabel-id: 0xcafe1234',
      `${disk.path}p1 : start=2048, size=32M, type=83, bootable`,
      `${disk.path}p2 : size=76M, type=5`,
      `${disk.path}p5 : size=24M, type=6`,
      `${disk.path}p6 : size=16M, type=82`,
      `${disk.path}p7 : size=24M, type=83`,
    ].join('\n'),
  )
  // Code in sector 0, and a core image in the gap.
  await sh(`head -c 400 /dev/urandom | dd of=${disk.path} bs=1 conv=notrunc status=none`)
  await sh(
    `head -c 30000 /dev/urandom | dd of=${disk.path} bs=512 seek=1 conv=notrunc status=none; partx --update --nr 1:256 ${disk.path}`,
  )
  await sh(`mkfs.vfat -F 16 -n DATA ${disk.part(5)} >/dev/null`)
  // Not mounted: whoever makes a namespace on this machine meanwhile would keep it mounted there.
  await make('mkdir -p files; head -c 3000000 /dev/urandom > files/large; cp /etc/passwd files/')
  for (const number of [1, 7]) await make(`mkfs.ext4 -q -L root -d files ${disk.part(number)}`)
  await sh(`mkswap -q -U ${SWAP_UUID} -L swapped ${disk.part(6)}`)
  await sh(`mcopy -i ${disk.part(5)} /etc/passwd ::; sync`)
}

/** A GPT disk with FAT and ext4. */
async function gptDisk(name: string, sectorBytes = 512): Promise<ImageDisk> {
  const disk = await ImageDisk.create(pathOf(name), 96 * MiB, sectorBytes)
  return filled(disk, () => fillGptDisk(disk, sectorBytes))
}

async function fillGptDisk(disk: ImageDisk, sectorBytes: number): Promise<void> {
  await disk.layOut(
    'label: gpt\nsize=40M, type=U, name=esp\nsize=1M, type=21686148-6449-6E6F-744E-656564454649\nsize=40M, type=L, name=root',
  )
  await sh(`mkfs.vfat -F 16 -s ${4096 / sectorBytes} -S ${sectorBytes} ${disk.part(1)} >/dev/null`)
  await make(`mkdir -p files; head -c 3000000 /dev/urandom > files/large; mkfs.ext4 -q -b 4096 -d files ${disk.part(3)}`)
  await sh(`head -c 40000 /dev/urandom | dd of=${disk.part(2)} conv=notrunc status=none`)
}

const TAKE = 'partclone_take() { "partclone.$1" -c -q -F -L /dev/null -s "$2" -o - 2>/dev/null; }'

/** As `ocs-sr saveparts` and `savedisk` write it. */
async function clonezilla(disk: ImageDisk, folder: string, name: string, images: string): Promise<void> {
  const p = /\d$/.test(name) ? 'p' : ''
  await make(`mkdir -p ${folder}; cd ${folder}; ${TAKE}; : > clonezilla-img; echo ${name} > disk
sfdisk --dump ${disk.path} | sed 's#${disk.path}p#/dev/${name}${p}#; s#${disk.path}#/dev/${name}#' > ${name}-pt.sf
printf 'Model: x\\nDisk /dev/${name}: ${disk.sizeBytes / disk.sectorBytes}s\\nSector size (logical/physical): ${disk.sectorBytes}B/4096B\\n' > ${name}-pt.parted
dd if=${disk.path} of=${name}-mbr bs=512 count=1 status=none
${images}`)
}

describe('a folder of Clonezilla', () => {
  it('of an MBR disk: pieces, packings, loader, logical partitions and swap', async () => {
    const disk = await mbrDisk('mbr.img')
    try {
      await clonezilla(
        disk,
        'cz-mbr',
        'sda',
        `echo 'sda1 sda5 sda7' > parts; dd if=${disk.path} of=sda-hidden-data-after-mbr bs=512 skip=1 count=2047 status=none
partclone_take ext4 ${disk.part(1)} | gzip -1 -c | split -b 1000000 - sda1.ext4-ptcl-img.gz.
partclone_take fat16 ${disk.part(5)} | xz -0 > sda5.vfat-ptcl-img.xz
partclone_take ext4 ${disk.part(7)} | zstd -q -1 | split -a 3 -b 700000 - sda7.ext4-ptcl-img.zst.
printf 'UUID="${SWAP_UUID}"\\nLABEL="swapped"\\n' > swappt-sda6.info`,
      )
      await make(`cp --sparse=always ${disk.file} mbr.raw`)
    } finally {
      await disk.remove()
    }
    const wanted = await imported('mbr.raw', 'mbr')
    const found = await imported('cz-mbr', 'mbr')
    expect(digestOf('mbr', found)).toBe(digestOf('mbr', wanted))
    const [a, b] = [await rawOf('mbr', wanted), await rawOf('mbr', found)]
    expect(await sh(`sfdisk --dump ${b} | sed 's#${b}#disk#'`)).toBe(await sh(`sfdisk --dump ${a} | sed 's#${a}#disk#'`))
    // Sector 0 and the loader behind it, byte for byte.
    await sh(`cmp -n ${MiB} ${pathOf('mbr.raw')} ${b}`)
  })

  it('of a GPT disk, of which the second copy was not kept; a copy by dd', async () => {
    const disk = await gptDisk('gpt.img')
    try {
      await clonezilla(
        disk,
        'cz-gpt',
        'nvme0n1',
        `echo 'nvme0n1p1 nvme0n1p2 nvme0n1p3' > parts; dd if=${disk.path} of=nvme0n1-gpt-1st bs=512 count=34 status=none
partclone_take fat16 ${disk.part(1)} | lz4 -q -c > nvme0n1p1.vfat-ptcl-img.lz4
dd if=${disk.part(2)} status=none | bzip2 -c > nvme0n1p2.dd-ptcl-img.bz2.aa
partclone_take ext4 ${disk.part(3)} > nvme0n1p3.ext4-ptcl-img.uncomp`,
      )
      await make(`cp --sparse=always ${disk.file} gpt.raw`)
    } finally {
      await disk.remove()
    }
    const wanted = await imported('gpt.raw', 'gpt')
    const found = await imported('cz-gpt', 'gpt')
    expect(digestOf('gpt', found)).toBe(digestOf('gpt', wanted))
    await sh(
      `cmp ${await rawOf('gpt', wanted)} ${await rawOf('gpt', found)}; sgdisk --verify ${await rawOf('gpt', found)} | grep 'No problems'`,
    )
  })

  it('of a disk with sectors of 4096 bytes', async () => {
    const disk = await gptDisk('native.img', 4096)
    try {
      await clonezilla(
        disk,
        'cz-native',
        'sdb',
        `dd if=${disk.path} of=sdb-gpt-1st bs=512 count=34 status=none
partclone_take fat16 ${disk.part(1)} | gzip -1 > sdb1.vfat-ptcl-img.gz.aa; dd if=${disk.part(2)} of=sdb2.dd-img status=none
partclone_take ext4 ${disk.part(3)} | gzip -1 > sdb3.ext4-ptcl-img.gz.aa; echo 'sdb1 sdb2 sdb3' > parts`,
      )
      await make(`cp --sparse=always ${disk.file} native.raw`)
    } finally {
      await disk.remove()
    }
    const wanted = await imported('native.raw', 'native')
    const found = await imported('cz-native', 'native')
    expect(digestOf('native', found)).toBe(digestOf('native', wanted))
    await sh(`cmp ${await rawOf('native', wanted)} ${await rawOf('native', found)}`)
  })

  it.each([
    ['a piece is missing', 'rm cz-bad/sda1.ext4-ptcl-img.gz.ab', 'IMAGE_FILE_INVALID', 'sda1.ext4-ptcl-img.gz.aa and'],
    ['the last piece is missing', 'rm cz-bad/$(ls cz-bad | grep sda1.ext4 | tail -1)', 'IMAGE_FILE_INVALID', 'gzip'],
    ['a listed partition has no file', 'rm cz-bad/sda5.vfat-ptcl-img.xz', 'IMAGE_FILE_INVALID', 'sda5'],
    [
      'a packed file is damaged',
      'printf x | dd of=cz-bad/sda5.vfat-ptcl-img.xz bs=1 seek=400 conv=notrunc status=none',
      'IMAGE_FILE_INVALID',
      // By xz at the end of its block, or before that by what is read of it.
      /xz|partclone/,
    ],
    ['the table is of another disk', 'sed -i s/2048/4096/ cz-bad/sda-pt.sf', 'IMAGE_TABLE_INVALID', 'partition 1'],
    ['there are logical volumes', 'echo vg /dev/sda7 > cz-bad/lvm_vg_dev.list', 'IMAGE_FILE_UNSUPPORTED', 'LVM'],
    ['an image is of another program', 'printf nonsense > cz-bad/sda5.vfat-ptcl-img.xz', 'IMAGE_FILE_UNSUPPORTED', '6e 6f 6e'],
  ] as const)('is refused when %s', async (_name, damage, code, says) => {
    await make(`rm -rf cz-bad; cp -r cz-mbr cz-bad; ${damage}`)
    await expect(imported('cz-bad', 'bad')).rejects.toMatchObject({ code, message: expect.stringMatching(says) })
    expect(appliance.images.list().some(({ name }) => name === 'bad')).toBe(false)
  })
})

describe('a folder of FOG', () => {
  it('of an MBR disk, of which zstd came in pieces', async () => {
    const disk = await mbrDisk('fog.img')
    try {
      await make(`mkdir fog-mbr; cd fog-mbr; ${TAKE}; dd if=${disk.path} of=d1.mbr bs=512 count=2048 status=none; : > d1.has_grub
sfdisk --dump ${disk.path} | sed 's#${disk.path}p#/dev/sda#; s#${disk.path}#/dev/sda#' > d1.partitions; echo "1:${disk.sizeBytes}" > d1.size
printf '6 ${SWAP_UUID}\\n' > d1.original.swapuuids; : > d1.fixed_size_partitions; dd if=${disk.part(2)} of=d1p2.ebr count=1 status=none
partclone_take ext4 ${disk.part(1)} | zstd -q -1 | split -a 3 -d -b 900000 - d1p1.img.
partclone_take fat16 ${disk.part(5)} | gzip -1 > d1p5.img; partclone_take ext4 ${disk.part(7)} > d1p7.img`)
      await make(`mkswap -q -U ${SWAP_UUID} ${disk.part(6)}; sync; cp --sparse=always ${disk.file} fog.raw`)
    } finally {
      await disk.remove()
    }
    const wanted = await imported('fog.raw', 'fog')
    const found = await imported('fog-mbr', 'fog')
    expect(digestOf('fog', found)).toBe(digestOf('fog', wanted))
    await sh(`cmp -n ${MiB} ${pathOf('fog.raw')} ${await rawOf('fog', found)}`)
  })

  it('of a GPT disk and a second one: one image of two disks', async () => {
    const one = await gptDisk('one.img')
    const two = await gptDisk('two.img')
    try {
      await make(`mkdir fog-gpt; cd fog-gpt; ${TAKE}`)
      for (const [number, disk] of [one, two].entries()) {
        const d = `d${number + 1}`
        await make(`cd fog-gpt; ${TAKE}; sgdisk --backup=${d}.mbr ${disk.path} >/dev/null
sfdisk --dump ${disk.path} | sed 's#${disk.path}p#/dev/sda#; s#${disk.path}#/dev/sda#' > ${d}.partitions
partclone_take fat16 ${disk.part(1)} | zstd -q -1 > ${d}p1.img; partclone.imager -c -q -F -L /dev/null -s ${disk.part(2)} -o - 2>/dev/null | zstd -q -1 > ${d}p2.img
partclone_take ext4 ${disk.part(3)} | zstd -q -1 > ${d}p3.img; cd ..; cp --sparse=always ${disk.file} ${d}.raw`)
      }
    } finally {
      await one.remove()
      await two.remove()
    }
    const found = await imported('fog-gpt', 'two')
    for (const number of [1, 2]) {
      const wanted = await imported(`d${number}.raw`, 'single')
      await sh(`cmp ${await rawOf('single', wanted)} ${await rawOf('two', found, number)}`)
    }
  })
})

describe('one file of partclone', () => {
  it('becomes a disk without a table', async () => {
    await make(`${TAKE}; truncate -s 40M fs; mkfs.ext4 -q -F -d /etc/default fs; partclone_take ext4 fs | gzip -c > fs.pcl.gz`)
    const wanted = await imported('fs', 'fs')
    expect(digestOf('fs', await imported('fs.pcl.gz', 'fs'))).toBe(digestOf('fs', wanted))
  })
})
