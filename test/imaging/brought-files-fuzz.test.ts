// Whatever is in a file that somebody brings: its readers end soon, take no more memory than it has bytes, and say what is wrong in their own words.
import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { AppError } from '../../src/contract/errors.ts'
import { identifyFile } from '../../src/imaging/file-content.ts'
import { clonezillaPiece, orderPieces } from '../../src/imaging/image-pieces.ts'
import { parseOvf, parseOvfManifest } from '../../src/imaging/ovf.ts'
import { decodePartcloneHead, partcloneHeadBytes } from '../../src/imaging/partclone-image.ts'
import { readQcow2 } from '../../src/imaging/qcow2-reader.ts'
import { gptCopies, savedGptOf, savedGptOfBackup } from '../../src/imaging/saved-gpt.ts'
import { layOutSavedMbr } from '../../src/imaging/saved-mbr.ts'
import { parseSfdiskDump } from '../../src/imaging/sfdisk-dump.ts'
import { decodeTarHeader, parseExtended } from '../../src/imaging/tar-entries.ts'
import { vhdFooterOf } from '../../src/imaging/vhd-footer.ts'
import { vhdxSectorBytes } from '../../src/imaging/vhdx-sector.ts'
import { vmdkDataFiles, vmdkEmbeddedDescription } from '../../src/imaging/vmdk-descriptor.ts'
import { decodeZipDirectory, findZipEnd } from '../../src/imaging/zip-entries.ts'
import { ByteReader } from '../../src/winpe-agent/image-file/pieces.ts'
import { readPartclone } from '../../src/winpe-agent/image-file/read-partclone.ts'

const RUNS = Number(process.env.PLATEN_FUZZ ?? 400)

// A fraction of a millisecond an input, and other work beside it.
vi.setConfig({ testTimeout: 60_000 + RUNS * 2 })

/** Bytes that begin as the format does, with some of them changed: noise alone is refused at the first one. */
function like(beginning: Buffer, length: number): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat({ max: length - 1 }),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 })),
  })
  return fc.tuple(fc.array(change, { maxLength: 24 }), fc.nat({ max: length })).map(([changes, cut]) => {
    const bytes = Buffer.alloc(length)
    bytes.set(beginning.subarray(0, length))
    for (const { at, value } of changes) bytes[at] = value
    return bytes.subarray(0, cut % 3 === 0 ? cut : length)
  })
}

const text = (pieces: readonly string[]) =>
  fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 12 })), { maxLength: 30 }).map((all) => all.join(''))

const start = (bytes: string, length = 4096): Buffer => Buffer.concat([Buffer.from(bytes, 'latin1'), Buffer.alloc(length)])

function partcloneStart(): Buffer {
  const head = Buffer.alloc(4300)
  head.write('partclone-image', 0, 'latin1')
  head.write('0001', 30, 'latin1')
  head.writeUInt32LE(512, 36)
  head.writeBigUInt64LE(8192n, 40)
  head.writeBigUInt64LE(16n, 48)
  return head
}

function qcow2Start(): Buffer {
  const head = Buffer.alloc(2048)
  head.write('QFI\xfb', 0, 'latin1')
  head.writeUInt32BE(3, 4)
  head.writeUInt32BE(9, 20)
  head.writeBigUInt64BE(65_536n, 24)
  head.writeUInt32BE(2, 36)
  head.writeBigUInt64BE(512n, 40)
  head.writeUInt32BE(4, 96)
  head.writeUInt32BE(104, 100)
  head.writeBigUInt64BE(1024n, 512)
  return head
}

/** Only failures that a person is told about. */
async function tell(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
}

async function drain(pieces: AsyncIterable<unknown>, most: number): Promise<void> {
  let count = 0
  for await (const _ of pieces) if (++count > most) throw new Error(`more than ${most} pieces`)
}

async function* once(bytes: Buffer) {
  yield bytes
}

const readFrom = (bytes: Buffer) => async (offset: number, length: number) =>
  bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length))

describe('readers of what people bring', () => {
  it.each<[string, fc.Arbitrary<Buffer>, (bytes: Buffer) => unknown]>([
    ['any file', like(start('KDMV'), 4096), (head) => identifyFile({ head, tail: head.subarray(-4096), sizeBytes: head.length })],
    ['tar headers', like(start('name'), 512), decodeTarHeader],
    ['notes in tar', like(start('20 path=a/b\n'), 200), parseExtended],
    ['footers of VHD', like(start('conectix'), 512), vhdFooterOf],
    ['descriptions inside of VMDK', like(start('KDMV'), 512), vmdkEmbeddedDescription],
    ['directories of ZIP', like(start('PK\x01\x02'), 400), (bytes) => decodeZipDirectory(bytes, 4)],
    [
      'ends of ZIP',
      like(Buffer.concat([Buffer.alloc(80), start('PK\x05\x06', 18)]), 102),
      (bytes) => findZipEnd(bytes, 0, readFrom(bytes)),
    ],
    [
      'saved tables',
      like(Buffer.concat([Buffer.alloc(512), start('EFI PART', 16_900)]), 17_408),
      (bytes) => gptCopies(savedGptOf(bytes, 512), 512),
    ],
    [
      'backups of tables',
      like(Buffer.concat([Buffer.alloc(512), start('EFI PART', 17_000)]), 17_920),
      (bytes) => gptCopies(savedGptOfBackup(bytes), 512),
    ],
    [
      'regions of VHDX',
      like(Buffer.concat([Buffer.alloc(192 * 1024), start('regi')]), 200 * 1024),
      (bytes) => vhdxSectorBytes(readFrom(bytes)),
    ],
    ['heads of partclone', like(partcloneStart(), 4160), (bytes) => partcloneHeadBytes(bytes) > 0 && decodePartcloneHead(bytes)],
    [
      'files of partclone',
      like(partcloneStart(), 4300),
      async (bytes) => drain((await readPartclone(new ByteReader(once(bytes)))).blocks(), 100),
    ],
    ['qcow2', like(qcow2Start(), 2048), async (bytes) => drain((await readQcow2(readFrom(bytes))).clusters(), 10_000)],
  ])('%s', async (_name, bytes, read) => {
    await fc.assert(
      fc.asyncProperty(bytes, (some) => tell(() => read(some))),
      { numRuns: RUNS },
    )
  })

  const DUMP = [
    '/dev/sda1 : ',
    'start= 2048, ',
    'size= 100, ',
    'type=83',
    '\n',
    'label: dos\n',
    'sector-size: 4096\n',
    'Id=5',
    '/dev/sda5 : ',
  ]
  const VMDK = ['parentCID=', 'ffffffff', '\n', 'RW 100 FLAT "', 'a.vmdk', '" 0', 'RW 5 ZERO', 'parentFileNameHint="x"']
  const OVF = [
    '<Envelope>',
    '</Envelope>',
    '<References>',
    '<File id="a" href="b"/>',
    '<DiskSection>',
    '<Disk fileRef="a"/>',
    '<',
    '&x;',
    '<!DOCTYPE',
  ]
  it.each<[string, fc.Arbitrary<string>, (text: string) => unknown]>([
    [
      'dumps of sfdisk',
      text(DUMP),
      (dump) => layOutSavedMbr({ head: mbrHead(), dump: parseSfdiskDump(dump).partitions, sectorBytes: 512 }),
    ],
    ['descriptions of VMDK', text(VMDK), vmdkDataFiles],
    ['descriptions of OVA', text(OVF), parseOvf],
    ['manifests of OVA', text(['SHA256(', 'a', ')= ', '00ff', '\n']), parseOvfManifest],
    [
      'names of pieces',
      text(['sda1.', 'ext4-ptcl-img', '.gz', '.aa', '.000']),
      (name) => orderPieces(new Map([[name, clonezillaPiece(name, 'sda1')?.piece ?? 'x']])),
    ],
  ])('%s', async (_name, texts, read) => {
    await fc.assert(
      fc.asyncProperty(texts, (some) => tell(() => read(some))),
      { numRuns: RUNS },
    )
  })
})

function mbrHead(): Buffer {
  const head = Buffer.alloc(512)
  head[450] = 5
  head.writeUInt32LE(100, 454)
  head.writeUInt32LE(5000, 458)
  head.set([0x55, 0xaa], 510)
  return head
}
