// Partclone images of both versions: what partclone itself writes and reads is compared with what is read here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ByteReader } from '../../../src/winpe-agent/image-file/pieces.ts'
import { readPartclone } from '../../../src/winpe-agent/image-file/read-partclone.ts'
import { oldPartclone } from '../../fakes/partclone-file.ts'

const KiB = 1024
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platen-partclone-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (command: string) => execFileSync('sh', ['-ec', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })

/** In pieces of odd lengths, as pipes give them. */
async function* inPieces(bytes: Buffer, pieceBytes = 10_007) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function unpacked(image: Buffer): Promise<{ content: Buffer; filesystem: string }> {
  const { head, blocks } = await readPartclone(new ByteReader(inPieces(image)))
  const content = Buffer.alloc(head.deviceBytes)
  for await (const { offset, bytes } of blocks()) content.set(bytes, offset)
  return { content, filesystem: head.filesystem }
}

describe('images of version 0002, made by partclone', () => {
  beforeAll(() => {
    run('truncate -s 24M ext; mkfs.ext4 -q -F -b 1024 ext; truncate -s 40M fat; mkfs.vfat -F 32 fat >/dev/null')
    run('mkdir files; head -c 3000000 /dev/urandom > files/a; head -c 5000 /dev/urandom > files/b')
    run('mkfs.ext4 -q -F -b 1024 -d files ext; for f in files/*; do mcopy -i fat $f ::; done')
  })

  it.each([
    ['ext4 with a checksum over many blocks', 'partclone.ext4 -c -s ext'],
    ['ext4 with a checksum over each three', 'partclone.ext4 -c -k 3 -s ext'],
    ['ext4 with a checksum over all so far', 'partclone.ext4 -c -K -k 5 -s ext'],
    ['ext4 without checksums', 'partclone.ext4 -c -a 0 -s ext'],
    ['FAT', 'partclone.vfat -c -s fat'],
    ['one that is imaged whole', 'partclone.imager -c -s fat'],
  ])('%s: the blocks are those that partclone restores', async (_name, make) => {
    // partclone makes its target now and then only: it is there before.
    run(`rm -f img raw; touch raw; ${make} -q -L log -O img; partclone.restore -q -L log -C -s img -O raw`)
    const restored = readFileSync(join(folder, 'raw'))
    const { content } = await unpacked(readFileSync(join(folder, 'img')))
    // partclone ends the file behind the last block in use.
    expect(content.subarray(0, restored.length).equals(restored)).toBe(true)
    const rest = content.subarray(restored.length)
    expect(rest.equals(Buffer.alloc(rest.length))).toBe(true)
  })

  it('every change of a byte is noticed where there are checksums, every cut anywhere', async () => {
    run('rm -f img; partclone.ext4 -c -q -L log -s ext -O img')
    const image = readFileSync(join(folder, 'img'))
    for (const at of [0, 31, 40, 60, 90, 107, 200, 3000, 200_000, image.length - 2]) {
      const changed = Buffer.from(image)
      changed[at]! ^= 0x20
      await expect(unpacked(changed), `changed at ${at}`).rejects.toMatchObject({ code: expect.stringMatching(/^IMAGE_FILE_/) })
      await expect(unpacked(image.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({ code: 'IMAGE_FILE_INVALID' })
    }
    await expect(unpacked(Buffer.concat([image, Buffer.alloc(1)]))).rejects.toMatchObject({ code: 'IMAGE_FILE_INVALID' })
  })
})

describe('images of version 0001', () => {
  const content = Buffer.from(Array.from({ length: 64 * 4 * KiB }, (_, at) => (at * 31 + (at >> 9)) & 0xff))
  const used = (block: number) => block % 5 !== 3 && block !== 0
  const wanted = Buffer.from(content)
  for (let block = 0; block < 64; block++) if (!used(block)) wanted.fill(0, block * 4096, (block + 1) * 4096)

  it('is one that partclone of today reads as well', () => {
    writeFileSync(join(folder, 'old'), oldPartclone({ content, used }))
    run('rm -f raw; touch raw; partclone.restore -q -L log -C -s old -O raw')
    const restored = readFileSync(join(folder, 'raw'))
    expect(restored.equals(wanted.subarray(0, restored.length))).toBe(true)
  })

  it.each([
    ['as they are meant', oldPartclone({ content, used })],
    ['with checksums of 8 bytes', oldPartclone({ content, used, checksumBytes: 8 })],
  ])('%s', async (_name, image) => {
    expect((await unpacked(image)).content.equals(wanted)).toBe(true)
    await expect(unpacked(image.subarray(0, -9))).rejects.toMatchObject({ code: 'IMAGE_FILE_INVALID' })
  })

  it.each([4, 8] as const)('with one block alone and a checksum of %d bytes', async (checksumBytes) => {
    const image = oldPartclone({ content, used: (block) => block === 7, checksumBytes })
    const found = (await unpacked(image)).content
    expect(found.subarray(7 * 4096, 8 * 4096).equals(content.subarray(7 * 4096, 8 * 4096))).toBe(true)
  })
})

it.each([
  ['of another version', { at: 30, text: '0003' }],
  ['of a machine with another order of bytes', { at: 34, text: '\xc0\xde' }],
])('says what it does not know: %s', async (_name, { at, text }) => {
  const head = Buffer.alloc(200)
  head.write('partclone-image', 0, 'latin1')
  head.write('0002', 30, 'latin1')
  head.write(text, at, 'latin1')
  await expect(unpacked(head)).rejects.toMatchObject({ code: 'IMAGE_FILE_UNSUPPORTED' })
})
