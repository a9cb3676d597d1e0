import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeMagic, identifyFile } from '../../src/imaging/file-content.ts'
import { packedFormat } from '../../src/imaging/packed-formats.ts'
import { vhdFooterOf } from '../../src/imaging/vhd-footer.ts'

const at = (...parts: readonly (readonly [number, string | Buffer])[]): Buffer => {
  const head = Buffer.alloc(8192)
  for (const [offset, bytes] of parts) head.set(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, offset)
  return head
}

function footer(type: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.write('conectix', 0, 'latin1')
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 48)
  bytes.writeUInt32BE(type, 60)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.writeUInt32BE(~sum >>> 0, 64)
  return bytes
}

const identify = (head: Buffer, tail: Buffer = Buffer.alloc(4096), sizeBytes = 1_000_000) =>
  identifyFile({ head, tail, sizeBytes })
const SIGNED: readonly [number, string] = [510, '\x55\xaa']

describe('what a file is', () => {
  it.each([
    ['an MBR', at(SIGNED), { kind: 'disk' }],
    ['a GPT by sectors of 4096 bytes', at([4096, 'EFI PART']), { kind: 'disk' }],
    ['ext, whose first sectors are zeros', at([1080, '\x53\xef']), { kind: 'disk' }],
    ['qcow2', at([0, 'QFI\xfb']), { kind: 'qcow2' }],
    ['VMDK with tables', at([0, 'KDMV']), { kind: 'virtual-disk', format: 'vmdk' }],
    ['VMDK as a text', at([0, '# Disk DescriptorFile\n']), { kind: 'virtual-disk', format: 'vmdk' }],
    ['VHDX', at([0, 'vhdxfile']), { kind: 'virtual-disk', format: 'vhdx' }],
    [
      'VDI',
      at([0, '<<< Oracle VM VirtualBox Disk Image >>>\n'], [64, '\x7f\x10\xda\xbe']),
      { kind: 'virtual-disk', format: 'vdi' },
    ],
    ['VHD that grows', at([0, footer(3, 5_000_000)]), { kind: 'virtual-disk', format: 'vhd' }],
    ['a boot sector in front of xz’s letters', at(SIGNED, [1, '7zXZ']), { kind: 'disk' }],
    ['xz', at([0, '\xfd7zXZ\x00'], SIGNED), { kind: 'packed', format: 'xz' }],
    ['zstd behind a note', at([0, '\x5e\x2a\x4d\x18']), { kind: 'packed', format: 'zstd' }],
    ['bzip2', at([0, 'BZh91AY&SY']), { kind: 'packed', format: 'bzip2' }],
    ['a text that begins like bzip2', at([0, 'BZh is no']), { kind: 'unknown' }],
    ['partclone', at([0, 'partclone-image']), { kind: 'partclone' }],
    ['zeros', at(), { kind: 'unknown' }],
    [
      'a disk image of macOS',
      at(),
      { kind: 'foreign' },
      Buffer.concat([Buffer.alloc(3584), Buffer.from('koly'), Buffer.alloc(508)]),
    ],
    ['a GPT of which only the second copy is left', at(), { kind: 'disk' }, at([3584, 'EFI PART']).subarray(0, 4096)],
  ])('%s', (_name, head, content, tail?: Buffer) => {
    expect(identify(head, tail)).toMatchObject(content)
  })

  it('a footer of VHD counts where its checksum and the size of the file agree with it', () => {
    const tail = Buffer.concat([Buffer.alloc(3584), footer(2, 999_488)])
    expect(identify(at(SIGNED), tail, 1_000_000)).toMatchObject({ format: 'vhd' })
    expect(identify(at(SIGNED), tail, 2_000_000)).toEqual({ kind: 'disk' })
    const changed = footer(2, 999_488)
    changed[80] = 1
    expect(vhdFooterOf(changed)).toBeUndefined()
  })

  it('is told of any bytes, and shown without what a terminal would obey', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (head, tail) => {
        expect(identify(Buffer.from(head), Buffer.from(tail)).kind).toBeTypeOf('string')
        expect(describeMagic(Buffer.from(head))).toMatch(/^[ -~]*$/)
        packedFormat(head)
      }),
      { numRuns: 2000 },
    )
  })
})
