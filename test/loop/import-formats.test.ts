// Disks in the formats that people bring, made by the tools that they use: each goes in and holds the same as the raw disk, chunk for chunk; and exports come back.
import { appendFile, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ExportFormat, type ExportOrder, exportImage, type ImportOrder, importImage } from '../../src/winpe-agent/index.ts'
import { RecordedFileWork } from '../fakes/file-work.ts'
import { type ImageAppliance, imageAppliance } from '../fakes/image-appliance.ts'
import { ImageDisk, sh } from '../fakes/image-disk.ts'
import { vmdkDescription, vmdkWithDescription } from '../fakes/vmdk-files.ts'

const MiB = 1024 * 1024
let directory: string
let appliance: ImageAppliance
let work: RecordedFileWork
let imports = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'platen-loop-'))
  appliance = await imageAppliance({ dataDir: join(directory, 'data') })
  work = new RecordedFileWork(await appliance.listen())
  await makeSource('source.raw', 512)
  await imported('source.raw', { imageName: 'source' })
})

afterAll(async () => {
  await appliance?.close()
  await rm(directory, { recursive: true, force: true })
})

/** Whatever a test leaves unpacked would be found by the next. */
afterEach(async () => {
  expect((await readdir(directory)).filter((name) => name.startsWith('platen-import-'))).toEqual([])
  await sh(`cd ${directory}; rm -rf try try.*`)
})

const pathOf = (name: string) => join(directory, name)
const make = (script: string) => sh(`cd ${directory}; ${script}`)

async function makeSource(name: string, sectorBytes: number): Promise<void> {
  const disk = await ImageDisk.create(pathOf(name), 64 * MiB, sectorBytes)
  try {
    await disk.layOut('label: gpt\nsize=36M, type=U, name=esp\nsize=20M, type=L, name=root')
    // Not mounted: whoever makes a namespace on this machine meanwhile would keep it mounted there.
    await make('mkdir -p files; head -c 6000000 /dev/urandom > files/large; cp /etc/passwd files/')
    await sh(`mkfs.vfat -F 16 -s ${4096 / sectorBytes} -S ${sectorBytes} -n ESP ${disk.part(1)} >/dev/null`)
    await make(`mkfs.ext4 -q -b 4096 -L root -d files ${disk.part(2)}`)
  } finally {
    await sh(`cp --sparse=always ${disk.file} ${disk.file}.keep`)
    await disk.remove()
    await sh(`mv ${pathOf(name)}.keep ${pathOf(name)}`)
  }
}

async function imported(name: string, { imageName = 'again', ...options }: Partial<ImportOrder> = {}): Promise<string> {
  const order = { file: pathOf(name), imageName, importId: `${imageName}.${++imports}`, includeUnknown: false }
  const version = await importImage({ ...order, temporaryFolder: directory, ...options }, work)
  return appliance.images.find(imageName, version).contentDigest
}

const sourceDigest = () => appliance.images.find('source', 1).contentDigest

async function exported(name: string, format: ExportFormat, more: Partial<ExportOrder> = {}): Promise<void> {
  await exportImage({ version: appliance.images.find('source', 1), file: pathOf(name), format, ...more }, work)
}

describe('what a file holds decides, whatever its name says', () => {
  it.each([
    ['raw', 'cp --sparse=always source.raw try'],
    ['xz', 'xz -0 -c source.raw > try'],
    ['gzip', 'gzip -1 -c source.raw > try'],
    ['gzip of several parts', 'head -c 40000000 source.raw | gzip -1 -c > try; tail -c +40000001 source.raw | gzip -1 -c >> try'],
    ['zstd', 'zstd -1 -q -c source.raw > try'],
    [
      'zstd of several frames',
      'head -c 40000000 source.raw | zstd -1 -q > try; tail -c +40000001 source.raw | zstd -1 -q >> try',
    ],
    ['bzip2', 'bzip2 -1 -c source.raw > try'],
    ['lz4', 'lz4 -1 -q -c source.raw > try'],
    ['ZIP', 'cp --sparse=always source.raw try.img; python3 -m zipfile -c try.zip try.img; mv try.zip try'],
    ['tar, packed', 'tar -cSzf try source.raw || tar -czf try source.raw'],
    ['VMDK', 'qemu-img convert -O vmdk source.raw try'],
    ['VMDK of the kind in an OVA', 'qemu-img convert -O vmdk -o subformat=streamOptimized source.raw try'],
    [
      'VMDK whose data lies beside it',
      'qemu-img convert -O vmdk -o subformat=monolithicFlat source.raw try.vmdk; mv try.vmdk try',
    ],
    ['VHD', 'qemu-img convert -O vpc -o force_size=on source.raw try'],
    ['VHD of fixed size', 'qemu-img convert -O vpc -o subformat=fixed,force_size=on source.raw try'],
    ['VHDX', 'qemu-img convert -O vhdx source.raw try'],
    ['VDI', 'qemu-img convert -O vdi source.raw try'],
    ['qcow2 in xz in tar', 'qemu-img convert -O qcow2 source.raw try.qcow2; xz -0 try.qcow2; tar -cf try try.qcow2.xz'],
  ])('%s', async (_name, script) => {
    await make(script.replace('tar -cSzf try source.raw || ', ''))
    expect(await imported('try')).toBe(sourceDigest())
  })

  it('a VHD of a program for which qemu-img would count cylinders has its whole disk', async () => {
    await make('qemu-img convert -O vpc -o subformat=fixed,force_size=on source.raw try')
    // VirtualBox signs with "vbox" and states 963 cylinders, 8 heads and 17 sectors: 52 KB less than the disk.
    await make(`python3 - <<'END'
f = open('try', 'r+b'); f.seek(-512, 2); b = bytearray(f.read()); b[28:32] = b'vbox'; b[56:60] = bytes((3, 195, 8, 17)); b[64:68] = bytes(4)
b[64:68] = (0xffffffff - sum(b)).to_bytes(4, 'big'); f.seek(-512, 2); f.write(b)
END`)
    expect(await imported('try')).toBe(sourceDigest())
    const { version } = appliance.images
      .list()
      .find(({ name }) => name === 'again')!
      .versions.at(-1)!
    await exportImage({ version: appliance.images.find('again', version), file: pathOf('try.raw'), format: 'raw' }, work)
    expect((await stat(pathOf('try.raw'))).size).toBe(64 * MiB)
  })
})

describe('a disk with sectors of 4096 bytes', () => {
  beforeAll(() => makeSource('native.raw', 4096))

  it('is found by its table, and taken by what is said', async () => {
    const found = await imported('native.raw')
    expect(await imported('native.raw', { sectorBytes: 4096 })).toBe(found)
    await expect(imported('native.raw', { sectorBytes: 512 })).rejects.toMatchObject({ code: expect.stringMatching(/^IMAGE_/) })
  })
})

describe('an OVA', () => {
  const ovf = (disks: string) => `<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
<References><File ovf:id="f1" ovf:href="one.vmdk"/><File ovf:id="f2" ovf:href="two.vmdk"/></References>
<DiskSection><Info>Disks</Info>${disks}</DiskSection></Envelope>`
  const DISK_1 = '<Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="67108864"/>'

  beforeAll(() => make('qemu-img convert -O vmdk -o subformat=streamOptimized source.raw one.vmdk; cp one.vmdk two.vmdk'))

  it('gives its disk, checked by its manifest', async () => {
    await writeFile(pathOf('machine.ovf'), ovf(`${DISK_1}<Disk ovf:diskId="d9" ovf:capacity="1"/>`))
    await make('for f in machine.ovf one.vmdk; do echo "SHA256($f)= $(sha256sum $f | cut -c1-64)"; done > machine.mf')
    await make('tar -cf try machine.ovf machine.mf one.vmdk')
    expect(await imported('try')).toBe(sourceDigest())
    expect(work.lines.join('\n')).toContain('the disk d9 of this machine is empty')
    await make(`sed -i 's/^\\(SHA256(one.vmdk)= \\)..../\\10000/' machine.mf; tar -cf try machine.ovf machine.mf one.vmdk`)
    await expect(imported('try')).rejects.toMatchObject({
      code: 'IMAGE_FILE_INVALID',
      message: expect.stringContaining('SHA256'),
    })
  })

  it('of several disks is one image of several', async () => {
    await writeFile(pathOf('machine.ovf'), ovf(`${DISK_1}<Disk ovf:diskId="d2" ovf:fileRef="f2" ovf:capacity="67108864"/>`))
    await make('tar -cf try machine.ovf one.vmdk two.vmdk')
    await imported('try', { imageName: 'pair' })
    await exportImage({ version: appliance.images.find('pair', 1), file: pathOf('try.raw'), format: 'raw', disk: 2 }, work)
    expect(await imported('try.raw')).toBe(sourceDigest())
  })

  it('that lacks a file is refused', async () => {
    await writeFile(pathOf('machine.ovf'), ovf(DISK_1))
    await make('tar -cf try machine.ovf two.vmdk')
    await expect(imported('try')).rejects.toMatchObject({
      code: 'IMAGE_FILE_INVALID',
      message: expect.stringContaining('one.vmdk'),
    })
  })
})

describe('a file that reaches for others of this machine is refused before it is followed', () => {
  beforeAll(() =>
    make('cp --sparse=always source.raw secret.raw; mkdir -p elsewhere; cp --sparse=always source.raw elsewhere/data'),
  )

  it.each([
    ['an absolute path', () => vmdkDescription([`RW 131072 FLAT "${pathOf('elsewhere/data')}" 0`])],
    ['a path upwards', () => vmdkDescription(['RW 131072 FLAT "elsewhere/../secret.raw" 0'])],
    ['a protocol', () => vmdkDescription(['RW 131072 FLAT "nbd:localhost:10809" 0'])],
    ['QEMU’s own notation', () => vmdkDescription(['RW 131072 FLAT "json:{}" 0'])],
    ['a real disk', () => vmdkDescription(['RW 131072 VMFSRDM "secret.raw" 0'])],
    ['a link beside it', () => vmdkDescription(['RW 131072 FLAT "try.link" 0'])],
    ['a parent by its name', () => vmdkDescription(['RW 131072 FLAT "secret.raw" 0'], 'parentFileNameHint="/etc/passwd"')],
    [
      'a parent by its id',
      () => vmdkDescription(['RW 131072 FLAT "secret.raw" 0']).replace('parentCID=ffffffff', 'parentCID=12345678'),
    ],
    [
      'a description inside of a file with tables',
      () => vmdkWithDescription(vmdkDescription([`RW 131072 FLAT "${pathOf('secret.raw')}" 0`])),
    ],
    [
      'a parent inside of a file with tables',
      () =>
        vmdkWithDescription(vmdkDescription([], 'parentFileNameHint="/etc/passwd"').replace('=ffffffff', '=12345678'), 131_072n),
    ],
  ])('VMDK: %s', async (_name, file) => {
    await symlink(pathOf('secret.raw'), pathOf('try.link'))
    await writeFile(pathOf('try'), file())
    await expect(imported('try')).rejects.toMatchObject({ code: 'IMAGE_FILE_UNSUPPORTED' })
  })

  it.each([
    ['qcow2 with a backing file', 'qemu-img create -q -f qcow2 -b secret.raw -F raw try'],
    ['qcow2 with its data in another file', 'qemu-img create -q -f qcow2 -o data_file=try.data,data_file_raw=on try 64M'],
    ['VMDK with a parent', 'qemu-img convert -O vmdk source.raw try.base; qemu-img create -q -f vmdk -b try.base -F vmdk try'],
  ])('%s', async (_name, script) => {
    await make(script)
    await expect(imported('try')).rejects.toMatchObject({ code: 'IMAGE_FILE_UNSUPPORTED' })
  })

  it('VHD that is a difference', async () => {
    await make('qemu-img convert -O vpc source.raw try')
    await make(`python3 - <<'END'
f = open('try', 'r+b')
for at, whence in ((0, 0), (-512, 2)):
    f.seek(at, whence); b = bytearray(f.read(512)); b[60:64] = (4).to_bytes(4, 'big'); b[64:68] = bytes(4)
    b[64:68] = (0xffffffff - sum(b)).to_bytes(4, 'big'); f.seek(at, whence); f.write(b)
END`)
    await expect(imported('try')).rejects.toMatchObject({ code: 'IMAGE_FILE_UNSUPPORTED' })
  })
})

describe('what cannot be taken is said, and nothing is published', () => {
  it.each([
    ['nothing known', `printf 'a text of mine' > try`, 'IMAGE_FILE_UNKNOWN', '61 20 74 65 78 74'],
    ['a web page', `printf '<!DOCTYPE html><html>404' > try`, 'IMAGE_FILE_UNKNOWN', 'a web page'],
    ['a Windows image', `printf 'MSWIM\\0\\0\\0xxxx' > try`, 'IMAGE_FILE_UNKNOWN', 'WIM'],
    ['nothing', ': > try', 'IMAGE_FILE_UNKNOWN', 'nothing'],
    ['a cut xz', 'xz -0 -c source.raw | head -c 500000 > try', 'IMAGE_FILE_INVALID', 'xz -dc'],
    ['a cut gzip', 'gzip -1 -c source.raw | head -c 500000 > try', 'IMAGE_FILE_INVALID', 'gzip -dc'],
    ['a cut zstd', 'zstd -q -1 -c source.raw | head -c 500000 > try', 'IMAGE_FILE_INVALID', 'zstd -dc'],
    ['a cut ZIP', 'python3 -m zipfile -c try.zip source.raw; head -c 500000 try.zip > try', 'IMAGE_FILE_INVALID', 'ZIP'],
    ['a cut tar', 'tar -cf - source.raw | head -c 500000 > try', 'IMAGE_FILE_INVALID', 'tar'],
    ['a cut VHDX', 'qemu-img convert -O vhdx source.raw try.x; head -c 500000 try.x > try', 'IMAGE_FILE_INVALID', 'qemu-img'],
    ['two disks', 'cp --sparse=always source.raw try.2; tar -cf try source.raw try.2', 'IMAGE_FILE_UNSUPPORTED', '2 files'],
    ['an archive without a disk', 'tar -cf try -C /etc passwd', 'IMAGE_FILE_UNSUPPORTED', 'passwd'],
    ['a folder of anything', 'mkdir try; touch try/a', 'IMAGE_FILE_UNKNOWN', 'folder'],
  ])('%s', async (_name, script, code, says) => {
    await make(script)
    const versions = () => appliance.images.list().flatMap(({ versions }) => versions).length
    const before = versions()
    await expect(imported('try')).rejects.toMatchObject({ code, message: expect.stringContaining(says) })
    expect(versions()).toBe(before)
  })

  it('is not what was said', async () => {
    await expect(imported('source.raw', { format: 'vmdk' })).rejects.toMatchObject({
      code: 'IMAGE_FILE_INVALID',
      message: expect.stringContaining('it is raw'),
    })
  })

  it('a small file that becomes a large one stops where it is told to', async () => {
    await truncate(pathOf('try'), 0).catch(() => undefined)
    await make('head -c 40M /dev/zero | zstd -q > try')
    await expect(imported('try', { maxBytes: 20 * MiB })).rejects.toMatchObject({ code: 'IMAGE_FILE_EXPANDS' })
    await make('qemu-img convert -O vdi source.raw try')
    await expect(imported('try', { maxBytes: 2 * MiB })).rejects.toMatchObject({ code: 'IMAGE_FILE_EXPANDS' })
    await make('qemu-img convert -O qcow2 source.raw try')
    await expect(imported('try', { maxBytes: 2 * MiB })).rejects.toMatchObject({ code: 'IMAGE_FILE_EXPANDS' })
  })

  it('a tool that is not there is named with its package', async () => {
    await make('xz -0 -c source.raw > try')
    const path = process.env.PATH
    try {
      process.env.PATH = '/nowhere'
      await expect(imported('try')).rejects.toMatchObject({
        code: 'IMAGE_TOOL_MISSING',
        hint: expect.stringContaining('xz-utils'),
      })
    } finally {
      process.env.PATH = path
    }
  })

  it('bytes behind a disk do not make another thing of it', async () => {
    await make('cp --sparse=always source.raw try')
    await appendFile(pathOf('try'), Buffer.concat([Buffer.from('conectix'), Buffer.alloc(504)]))
    expect(await imported('try')).toBe(sourceDigest())
  })
})

describe('exports', () => {
  it.each(['vmdk', 'vhd', 'vhdx', 'vdi'] as const)('%s holds the disk, by qemu-img and by an import', async (format) => {
    await exported('try.raw', 'raw')
    await exported('try', format)
    const driver = format === 'vhd' ? 'vpc' : format
    expect(await make(`qemu-img compare -f raw -F ${driver} try.raw try`)).toContain('Images are identical')
    expect(await imported('try')).toBe(sourceDigest())
    expect((await readdir(directory)).filter((name) => name.endsWith('.part') || name.includes('.part.'))).toEqual([])
  })

  it.each([
    ['zstd', 'zstd -dcq'],
    ['gzip', 'gzip -dc'],
    ['xz', 'xz -dc'],
  ] as const)('raw, packed with %s', async (compress, unpack) => {
    await exported('try.raw', 'raw')
    await exported('try', 'raw', { compress })
    await make(`${unpack} try | cmp - try.raw`)
    expect(await imported('try')).toBe(sourceDigest())
    expect((await readdir(directory)).filter((name) => name.includes('.part'))).toEqual([])
  })
})
