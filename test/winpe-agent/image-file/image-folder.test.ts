// Image folders with a GPT, made with partclone on plain files: the disk that comes of them is the one that they were made of, byte for byte.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { disksInFolder } from '../../../src/winpe-agent/image-file/image-folder.ts'
import { RecordedFileWork } from '../../fakes/file-work.ts'

let folder: string
const work = new RecordedFileWork('http://nowhere')
const sh = (command: string) => execFileSync('bash', ['-ec', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
const TAKE = 'take() { partclone.$1 -c -q -F -L /dev/null -s $2 -o - 2>/dev/null; }'

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-folder-'))
  mkdirSync(join(folder, 'files'))
  // FAT, a partition of bytes, ext4: each in a file of its own, and at its place in the disk.
  sh(`head -c 900000 /dev/urandom > files/a; truncate -s 24M one; mkfs.vfat -F 16 one >/dev/null; mcopy -i one files/a ::
head -c 1M /dev/urandom > two; truncate -s 20M three; mkfs.ext4 -q -F -b 4096 -d files three
truncate -s 64M disk; printf 'label: gpt\\nsize=24M, type=U\\nsize=1M, type=L\\nsize=20M, type=L, name=root\\n' | sfdisk -q disk
for p in one:1 two:25 three:26; do dd if=\${p%:*} of=disk bs=1M seek=\${p#*:} conv=notrunc,sparse status=none; done`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function expectDisks(name: string, count: number): Promise<void> {
  mkdirSync(join(folder, `${name}-out`))
  const raws = await disksInFolder(join(folder, name), { folder: join(folder, `${name}-out`), maxBytes: undefined, work })
  expect(raws).toHaveLength(count)
  for (const { file, sectorBytes } of raws) {
    expect(sectorBytes).toBe(512)
    expect(readFileSync(file).equals(readFileSync(join(folder, 'disk')))).toBe(true)
  }
}

it('of Clonezilla, of which the second copy of the table was not kept, with a copy by dd', async () => {
  sh(`mkdir cz; cd cz; ${TAKE}; echo nvme0n1 > disk; echo 'nvme0n1p1 nvme0n1p2 nvme0n1p3' > parts; : > clonezilla-img
sfdisk --dump ../disk | sed 's#^../disk#/dev/nvme0n1p#; s#: ../disk#: /dev/nvme0n1#' > nvme0n1-pt.sf
dd if=../disk of=nvme0n1-gpt-1st bs=512 count=34 status=none; dd if=../disk of=nvme0n1-mbr bs=512 count=1 status=none
take fat16 ../one | xz -0 | split -b 300000 - nvme0n1p1.vfat-ptcl-img.xz.; bzip2 -c ../two > nvme0n1p2.dd-ptcl-img.bz2.aa
take ext4 ../three > nvme0n1p3.ext4-ptcl-img.uncomp`)
  await expectDisks('cz', 1)
})

it('is refused when a file in it is a link: it could be any file of this machine', async () => {
  sh('mkdir link; cp -r cz/. link; rm link/nvme0n1p2.dd-ptcl-img.bz2.aa; ln -s /etc/passwd link/nvme0n1p2.dd-ptcl-img.bz2.aa')
  await expect(expectDisks('link', 1)).rejects.toMatchObject({
    code: 'IMAGE_FILE_UNSUPPORTED',
    message: expect.stringContaining('a link'),
  })
})

it('of FOG with two disks, one of them by its first sectors, one by the backup that sgdisk writes', async () => {
  sh(`mkdir fog; cd fog; ${TAKE}; sgdisk --backup=d1.mbr ../disk >/dev/null; dd if=../disk of=d2.mbr bs=512 count=2048 status=none
for d in d1 d2; do sfdisk --dump ../disk | sed 's#^../disk#/dev/sda#; s#: ../disk#: /dev/sda#' > $d.partitions
take fat16 ../one | zstd -q -1 > \${d}p1.img; take imager ../two | zstd -q -1 | split -a 3 -d -b 300000 - \${d}p2.img.; take ext4 ../three | gzip -1 > \${d}p3.img; done`)
  await expectDisks('fog', 2)
})
