// Tables that imaging programs keep, written anew: sfdisk says the same of the result as of the disk that they came from.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeLogicalPartitions } from '../../src/imaging/ebr-chain.ts'
import type { Placed } from '../../src/imaging/gpt.ts'
import { clonezillaPiece, fogPiece, orderPieces } from '../../src/imaging/image-pieces.ts'
import { gptCopies, isGptBackup, savedGptOf, savedGptOfBackup } from '../../src/imaging/saved-gpt.ts'
import { layOutSavedMbr } from '../../src/imaging/saved-mbr.ts'
import { parseSfdiskDump } from '../../src/imaging/sfdisk-dump.ts'

const MiB = 1024 * 1024
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-tables-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sh = (command: string) => execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8' }).trim()

function laidOut(script: string): { head: Buffer; dump: string } {
  writeFileSync(join(folder, 'disk'), '')
  truncateSync(join(folder, 'disk'), 64 * MiB)
  sh(`sfdisk --quiet disk <<'END'\n${script}\nEND`)
  const head = Buffer.alloc(MiB)
  const file = openSync(join(folder, 'disk'), 'r')
  readSync(file, head, 0, MiB, 0)
  closeSync(file)
  return { head, dump: sh('sfdisk --dump disk').replaceAll(/^disk/gm, '/dev/sda') }
}

/** What sfdisk says of a disk that has nothing but these bytes. */
function dumpOf(writes: readonly Placed[], sizeBytes = 64 * MiB): string {
  writeFileSync(join(folder, 'again'), '')
  truncateSync(join(folder, 'again'), sizeBytes)
  const file = openSync(join(folder, 'again'), 'r+')
  for (const { offset, bytes } of writes) writeSync(file, bytes, 0, bytes.length, offset)
  closeSync(file)
  return sh('sfdisk --dump again').replaceAll(/^again/gm, '/dev/sda')
}

const withoutDevice = (dump: string) => dump.replace(/^device:.*\n/m, '')

describe('an MBR', () => {
  it.each([
    ['primary ones', 'label: dos\nsize=8M, type=7, bootable\nsize=8M, type=83'],
    [
      'logical ones',
      'label: dos\ndisk1 : size=8M, type=83\ndisk2 : size=40M, type=5\ndisk5 : size=8M, type=83\ndisk6 : size=8M, type=82\ndisk7 : size=4M, type=7',
    ],
    [
      'logical ones close to each other, out of order',
      'label: dos\ndisk1 : start=2048, size=100000, type=f\ndisk5 : start=40000, size=1000, type=83\ndisk6 : start=4096, size=1000, type=83\ndisk7 : start=7144, size=500, type=83',
    ],
  ])('%s', (_name, script) => {
    const { head, dump } = laidOut(script)
    const { partitions } = parseSfdiskDump(dump)
    const { writes } = layOutSavedMbr({ head: head.subarray(0, 512), dump: partitions, sectorBytes: 512 })
    expect(withoutDevice(dumpOf(writes))).toBe(withoutDevice(dump))
  })

  it('of a dump by an older sfdisk', () => {
    const old = `# partition table of /dev/sda
unit: sectors

/dev/sda1 : start=     2048, size=   204800, Id=83, bootable
/dev/sda2 : start=   206848, size=   204800, Id= 5
/dev/sda3 : start=        0, size=        0, Id= 0
/dev/sda5 : start=   208896, size=    20480, Id=82
`
    expect(parseSfdiskDump(old).partitions).toEqual([
      { node: 'sda1', startSector: 2048, sectors: 204_800, type: '83', isActive: true },
      { node: 'sda2', startSector: 206_848, sectors: 204_800, type: '5', isActive: false },
      { node: 'sda5', startSector: 208_896, sectors: 20_480, type: '82', isActive: false },
    ])
  })

  it('whose dump is of another disk is refused', () => {
    const { head } = laidOut('label: dos\nsize=8M, type=83')
    const { dump } = laidOut('label: dos\nsize=9M, type=83')
    const order = { head, dump: parseSfdiskDump(dump).partitions, sectorBytes: 512 }
    expect(() => layOutSavedMbr(order)).toThrow(expect.objectContaining({ code: 'IMAGE_TABLE_INVALID' }))
  })

  it('keeps what stands before the first partition and nothing of the partition', () => {
    const { head, dump } = laidOut('label: dos\nstart=2048, size=8M, type=83')
    const long = Buffer.concat([head.fill(7, 512), Buffer.alloc(512, 9)])
    const { writes } = layOutSavedMbr({ head: long, dump: parseSfdiskDump(dump).partitions, sectorBytes: 512 })
    expect(writes[0]!.bytes.length).toBe(MiB)
  })

  it('records of logical partitions never stand inside of one', () => {
    const sizes = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 9 }), sectors: fc.integer({ min: 1, max: 50 }) }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(sizes, (parts) => {
        let next = 100
        const logical = parts.map(({ gap, sectors }) => {
          const startSector = next + gap
          next = startSector + sectors
          return { startSector, sectors, typeId: 0x83, isActive: false }
        })
        const records = encodeLogicalPartitions({ startSector: 100, sectors: next - 100 }, logical, 512).map(
          ({ offset }) => offset / 512,
        )
        expect(new Set(records).size).toBe(records.length)
        for (const at of records) {
          expect(at).toBeGreaterThanOrEqual(100)
          for (const { startSector, sectors } of logical) expect(at < startSector || at >= startSector + sectors).toBe(true)
        }
      }),
    )
  })
})

describe('a GPT', () => {
  const SCRIPT = 'label: gpt\nsize=8M, type=U, name=esp\nsize=8M, type=L, name="a root", attrs=RequiredPartition'

  it('from its first sectors', () => {
    const { head, dump } = laidOut(SCRIPT)
    const { writes, sizeBytes, partitions } = gptCopies(savedGptOf(head.subarray(0, 34 * 512), 512), 512)
    expect(sizeBytes).toBe(64 * MiB)
    expect(partitions.map(({ number }) => number)).toEqual([1, 2])
    expect(withoutDevice(dumpOf(writes, sizeBytes))).toBe(withoutDevice(dump))
    expect(sh('sgdisk --verify again')).toContain('No problems found')
    expect(readFileSync(join(folder, 'again')).equals(readFileSync(join(folder, 'disk')))).toBe(true)
  })

  it('from a backup that sgdisk wrote', () => {
    laidOut(SCRIPT)
    sh('sgdisk --backup=saved disk')
    const saved = readFileSync(join(folder, 'saved'))
    expect(isGptBackup(saved)).toBe(true)
    const { writes, sizeBytes } = gptCopies(savedGptOfBackup(saved), 512)
    dumpOf(writes, sizeBytes)
    expect(readFileSync(join(folder, 'again')).equals(readFileSync(join(folder, 'disk')))).toBe(true)
  })

  it('that is damaged is refused, wherever it is', () => {
    const { head } = laidOut(SCRIPT)
    for (const at of [512, 512 + 80, 512 + 88, 1024 + 3, 1024 + 40]) {
      const changed = Buffer.from(head.subarray(0, 34 * 512))
      changed[at]! ^= 0xff
      expect(() => gptCopies(savedGptOf(changed, 512), 512), `${at}`).toThrow(
        expect.objectContaining({ code: 'IMAGE_TABLE_INVALID' }),
      )
    }
  })
})

describe('names of pieces', () => {
  it.each([
    ['sda1.ext4-ptcl-img.gz.aa', 'sda1', { kind: 'ext4-ptcl-img', piece: 'aa' }],
    ['sda1.ext4-ptcl-img.zst', 'sda1', { kind: 'ext4-ptcl-img', piece: '' }],
    ['sda1.dd-ptcl-img.uncomp.ab', 'sda1', { kind: 'dd-ptcl-img', piece: 'ab' }],
    ['sda1.ntfs-img.aa', 'sda1', { kind: 'ntfs-img', piece: 'aa' }],
    ['sda10.ext4-ptcl-img.gz.aa', 'sda1', undefined],
    ['sda1.info', 'sda1', undefined],
    ['nvme0n1p3.ntfs-ptcl-img.gz.aaa', 'nvme0n1p3', { kind: 'ntfs-ptcl-img', piece: 'aaa' }],
  ])('of Clonezilla: %s', (name, partition, piece) => {
    expect(clonezillaPiece(name, partition)).toEqual(piece)
  })

  it.each([
    ['d1p2.img', ''],
    ['d1p2.img.003', '003'],
    ['d1p22.img', undefined],
    ['d1p2.image', undefined],
  ])('of FOG: %s', (name, piece) => {
    expect(fogPiece(name, 1, 2)).toBe(piece)
  })

  it('are put into order, and a gap is noticed', () => {
    expect(
      orderPieces(
        new Map([
          ['x.ab', 'ab'],
          ['x.aa', 'aa'],
          ['x.ac', 'ac'],
        ]),
      ),
    ).toEqual(['x.aa', 'x.ab', 'x.ac'])
    const many = Array.from({ length: 30 }, (_, number) => String.fromCharCode(97 + Math.floor(number / 26), 97 + (number % 26)))
    expect(orderPieces(new Map(many.map((piece) => [piece, piece])))).toEqual(many)
    expect(() =>
      orderPieces(
        new Map([
          ['x.aa', 'aa'],
          ['x.ac', 'ac'],
        ]),
      ),
    ).toThrow(/missing between x.aa and x.ac/)
    expect(() => orderPieces(new Map([['x.001', '001']]))).toThrow(/missing before x.001/)
  })
})
