// What a .deb says of itself, and what is no .deb: whatever the file holds, the answer is a reason, within bounds.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readControl } from '../../../src/library/package/deb-control.ts'
import { readDeb } from '../../../src/library/package/read-deb.ts'
import { arOf, CONTROL, debOf, PACKERS, tarOf } from '../../fakes/deb-file.ts'
import { needs, program } from '../../needs.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-deb-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function read(bytes: Buffer) {
  const path = join(folder, 'some.deb')
  writeFileSync(path, bytes)
  const file = await open(path)
  try {
    return await readDeb(file)
  } finally {
    await file.close()
  }
}

const WANTED = {
  name: 'hello',
  version: '1:2.10-3',
  order: 'debian',
  architectures: ['x64'],
  requires: [
    { name: 'dpkg', range: '>= 1.17' },
    { name: 'libc6', range: '>= 2.36' },
    { name: 'mail-server', or: [{ name: 'postal', range: '<< 4' }] },
    { name: 'perl' },
  ],
  conflicts: [{ name: 'hello-traditional' }, { name: 'old-hello', range: '<= 1.0' }],
  provides: [{ name: 'greeter', version: '2.10' }],
  description: 'says hello\nand nothing\n\nelse',
  maintainer: 'Somebody <somebody@site.example>',
}

describe('readDeb', () => {
  it.each(['', '.gz', '.zst'] as const)('reads control.tar%s', async (ending) => {
    expect(await read(debOf(CONTROL, ending))).toEqual({ kind: 'good', description: WANTED })
  })

  it('reads control.tar.xz', needs(program('xz')), async () => {
    expect(await read(debOf(CONTROL, '.xz'))).toEqual({ kind: 'good', description: WANTED })
  })

  it('reads what dpkg-deb makes', needs(program('dpkg-deb')), async () => {
    const root = join(folder, 'root')
    mkdirSync(join(root, 'DEBIAN'), { recursive: true })
    writeFileSync(join(root, 'DEBIAN', 'control'), CONTROL)
    writeFileSync(join(root, 'hello'), 'hello')
    for (const way of ['gzip', 'xz', 'zstd', 'none']) {
      execFileSync('dpkg-deb', [`-Z${way}`, '--root-owner-group', '-b', root, join(folder, `${way}.deb`)], { stdio: 'ignore' })
      const file = await open(join(folder, `${way}.deb`))
      expect(await readDeb(file)).toEqual({ kind: 'good', description: WANTED })
      await file.close()
    }
  })

  const binary = ['debian-binary', '2.0\n'] as const
  const data = ['data.tar', ''] as const
  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /does not begin like an ar archive/],
    ['something else', Buffer.from('PK\x03\x04 and more'), /does not begin like an ar archive/],
    ['cut off in a head', debOf().subarray(0, 40), /damaged at byte 8/],
    ['cut off in a part', debOf().subarray(0, 200), /ends at byte 200, inside of control.tar.gz/],
    ['of another format', arOf([['debian-binary', '3.0\n'], ['control.tar', tarOf({})], data]), /is of format "3.0"/],
    ['without control', arOf([binary, data]), /no control.tar in second place/],
    ['without data', arOf([binary, ['control.tar', tarOf({ control: CONTROL })]]), /no data.tar in third place/],
    ['parts without end', arOf(Array.from({ length: 40 }, () => ['x', ''] as const)), /more than 16 parts/],
    ['a control.tar without control', arOf([binary, ['control.tar', tarOf({ other: 'x' })], data]), /no control file/],
    ['a control.tar of 5 MiB', arOf([binary, ['control.tar', Buffer.alloc(5 << 20)], data]), /are the most/],
    [
      'a gzip that means gigabytes',
      arOf([binary, ['control.tar.gz', gzipSync(Buffer.alloc(64 << 20))], data]),
      /cannot be unpacked/,
    ],
    ['an unknown packer', arOf([binary, ['control.tar.lzma', 'x'], data]), /not known: control.tar.lzma/],
    ['gzip that is none', arOf([binary, ['control.tar.gz', 'no'], data]), /cannot be unpacked/],
    ['xz that is none', arOf([binary, ['control.tar.xz', 'no'], data]), /cannot be unpacked|no control file/],
  ])('refuses %s', async (_name, bytes, reason) => {
    const got = await read(bytes)
    expect(got.kind === 'bad' ? got.reason : got).toMatch(reason)
  })

  it('refuses an xz that means gigabytes', needs(program('xz')), async () => {
    const bomb = PACKERS['.xz'](Buffer.alloc(256 << 20))
    const got = await read(arOf([binary, ['control.tar.xz', bomb], data]))
    expect(got.kind === 'bad' ? got.reason : got).toMatch(/has more than|cannot be unpacked/)
  })

  it('answers for any change of a byte', async () => {
    const good = debOf()
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        const bytes = Buffer.from(good)
        bytes[at] = byte
        expect((await read(bytes)).kind).toMatch(/good|bad/)
      }),
      { numRuns: 200 },
    )
  })
})

describe('readControl', () => {
  it.each([
    ['no name', CONTROL.replace('Package: hello\n', ''), /names no Package/],
    ['another processor', CONTROL.replace('amd64', 'armhf'), /is for armhf/],
    ['a version that is none', CONTROL.replace('1:2.10-3', 'latest'), /has to begin with a digit/],
    ['a name that is a path', CONTROL.replace('Package: hello', 'Package: ../../etc'), /says of itself what cannot be: name/],
  ])('refuses %s', (_name, text, reason) => {
    const got = readControl(text)
    expect(got.kind === 'bad' ? got.reason : got).toMatch(reason)
  })

  it('never throws', () => {
    const line = fc.oneof(
      fc
        .constantFrom('Package', 'Version', 'Depends', 'Architecture')
        .chain((key) => fc.string().map((value) => `${key}: ${value}`)),
      fc.string(),
    )
    fc.assert(fc.property(fc.array(line), (lines) => void readControl(lines.join('\n'))))
  })
})
