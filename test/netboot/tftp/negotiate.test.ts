import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { negotiate } from '../../../src/netboot/tftp/negotiate.ts'
import { ackedBlock, decodeTftp, encodeTftp, type TftpPacket } from '../../../src/netboot/tftp/packet.ts'

const limits = { maxBlockBytes: 1468, maxWindowBlocks: 64 }
const terms = (asked: Record<string, string>) => negotiate(new Map(Object.entries(asked)), 300_001, limits)

describe('negotiate', () => {
  it.each([
    { name: 'nothing asked', asked: {}, accepted: {}, block: 512, window: 1 },
    { name: 'the size alone', asked: { tsize: '0' }, accepted: { tsize: '300001' }, block: 512, window: 1 },
    {
      name: 'all of them',
      asked: { blksize: '1428', windowsize: '16', timeout: '3', tsize: '0' },
      accepted: { blksize: '1428', tsize: '300001', timeout: '3', windowsize: '16' },
      block: 1428,
      window: 16,
    },
    {
      name: 'more than is given',
      asked: { blksize: '65464', windowsize: '9999' },
      accepted: { blksize: '1468', windowsize: '64' },
      block: 1468,
      window: 64,
    },
    {
      name: 'what is out of range',
      asked: { blksize: '7', windowsize: '0', timeout: '256' },
      accepted: {},
      block: 512,
      window: 1,
    },
    { name: 'what is no number', asked: { blksize: '1e3', windowsize: '-1', timeout: '' }, accepted: {}, block: 512, window: 1 },
    { name: 'options of others', asked: { multicast: '', utimeout: '100' }, accepted: {}, block: 512, window: 1 },
  ])('$name', ({ asked, accepted, block, window }) => {
    const { blockSizeBytes, windowBlocks, accepted: got } = terms(asked)
    expect([Object.fromEntries(got), blockSizeBytes, windowBlocks]).toEqual([accepted, block, window])
  })
})

describe('TFTP packets', () => {
  it('option names and modes come in any case', () => {
    const bytes = Buffer.from('\0\x01file\0OCTET\0BLKSIZE\x001428\0TSize\x000\0', 'latin1')
    expect(decodeTftp(bytes)).toEqual({
      kind: 'read',
      file: 'file',
      mode: 'octet',
      options: new Map([
        ['blksize', '1428'],
        ['tsize', '0'],
      ]),
    })
  })

  it('a read request without its last NUL is understood', () => {
    expect(decodeTftp(Buffer.from('\0\x01file\0octet', 'latin1'))).toMatchObject({ file: 'file', mode: 'octet' })
  })

  it('come back from the wire as they were', () => {
    const text = fc.stringMatching(/^[a-z0-9./-]{1,40}$/)
    const block = fc.integer({ min: 0, max: 65535 })
    const packet: fc.Arbitrary<TftpPacket> = fc.oneof(
      fc.record({ kind: fc.constant('ack' as const), block }),
      fc.record({ kind: fc.constant('error' as const), code: block, message: text }),
      fc.record({
        kind: fc.constant('read' as const),
        file: text,
        mode: fc.constant('octet'),
        options: fc.uniqueArray(text, { maxLength: 4 }).map((names) => new Map(names.map((name) => [name, name]))),
      }),
      fc.record({
        kind: fc.constant('option-ack' as const),
        options: fc.uniqueArray(text, { minLength: 1, maxLength: 4 }).map((names) => new Map(names.map((name) => [name, name]))),
      }),
    )
    fc.assert(
      fc.property(packet, (one) => {
        expect(decodeTftp(encodeTftp(one))).toEqual(one)
        expect(ackedBlock(encodeTftp(one))).toBe(one.kind === 'ack' ? one.block : undefined)
      }),
    )
  })

  it('fail with nothing but an AppError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeTftp(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })
})
