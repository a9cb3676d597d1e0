import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namesMeant, printable } from '../../../src/netboot/tftp/name-tail.ts'
import { decodeTftp } from '../../../src/netboot/tftp/packet.ts'

describe('namesMeant', () => {
  it.each([
    { asked: 'undionly.kpxe', meant: [] },
    { asked: 'with blanks inside.efi', meant: [] },
    { asked: 'undionly.kpxe\xff', meant: ['undionly.kpxe'] },
    { asked: 'undionly.kpxe\xff\x01\x02abc', meant: ['undionly.kpxe'] },
    // Option 66 and its length behind option 67.
    { asked: 'undionly.kpxeB\x0910.77.0.1\xff', meant: ['undionly.kpxeB', 'undionly.kpxe'] },
    {
      asked: '52-54-00-00-00-0a/snponly-x64.efia\x11',
      meant: ['52-54-00-00-00-0a/snponly-x64.efia', '52-54-00-00-00-0a/snponly-x64.efi'],
    },
    { asked: 'undionly.kpxe  ', meant: ['undionly.kpxe'] },
    { asked: 'undionly.kpxe\r\n', meant: ['undionly.kpxe'] },
    { asked: '\xff\xff', meant: [] },
  ])('$asked', ({ asked, meant }) => {
    expect(namesMeant(asked)).toEqual([asked, ...meant])
  })

  it('finds every loader in front of whatever options came next', () => {
    const loader = fc.constantFrom('undionly.kpxe', 'snponly-x64.efi', 'ipxe-arm64.efi', 'shimx64.efi', 'grubx64.efi')
    const option = fc.tuple(fc.integer({ min: 68, max: 254 }), fc.uint8Array({ minLength: 1, maxLength: 31 }))
    fc.assert(
      fc.property(loader, option, (name, [code, value]) => {
        const tail = Buffer.from([code, value.length, ...value, 255])
          .toString('latin1')
          .split('\0')[0]!
        expect(namesMeant(name + tail)).toContain(name)
      }),
    )
  })
})

it('tells people what a name has that is no letter', () => {
  expect(printable('a.efi\xff\n')).toBe('a.efi\\xff\\x0a')
})

describe('a read request', () => {
  const options = new Map([['blksize', '1428']])
  it.each([
    { name: 'with a name that is filled up', wire: 'undionly.kpxe\0\0\0\0\0octet\0blksize\x001428\0' },
    { name: 'with the rest of an older name behind it', wire: 'undionly.kpxe\0-long-name.kpxe\0\0octet\0blksize\x001428\0' },
    { name: 'with padding between mode and options', wire: 'undionly.kpxe\0OcTeT\0\0\0blksize\x001428\0' },
    { name: 'with padding at the end', wire: 'undionly.kpxe\0octet\0blksize\x001428\0\0\0\0\0\0' },
    { name: 'with an option that is cut off', wire: 'undionly.kpxe\0octet\0blksize\x001428\0tsi' },
  ])('$name is understood', ({ wire }) => {
    const bytes = Buffer.concat([Buffer.of(0, 1), Buffer.from(wire, 'latin1')])
    expect(decodeTftp(bytes)).toEqual({ kind: 'read', file: 'undionly.kpxe', mode: 'octet', options })
  })
})
