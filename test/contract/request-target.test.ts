import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { queryOf, readTarget } from '../../src/contract/request-target.ts'

describe('readTarget', () => {
  it.each([
    { target: '/boot/x.ipxe?a=1', origin: '/boot/x.ipxe?a=1' },
    { target: 'http://10.77.0.1:8080/boot/x.ipxe?a=1', origin: '/boot/x.ipxe?a=1', authority: '10.77.0.1:8080' },
    { target: 'HTTP://Appliance/boot/x.ipxe', origin: '/boot/x.ipxe', authority: 'Appliance' },
    { target: 'https://me:secret@[fe80::1]:8080/x', origin: '/x', authority: '[fe80::1]:8080' },
    { target: 'http://appliance', origin: '/', authority: 'appliance' },
    { target: 'http://appliance?again=1', origin: '/?again=1', authority: 'appliance' },
    { target: 'http://appliance//boot//x.ipxe', origin: '/boot/x.ipxe', authority: 'appliance' },
    { target: '//boot/./a/../x.ipxe', origin: '/boot/x.ipxe' },
    { target: '/loader\\x.efi', origin: '/loader/x.efi' },
    { target: '/%62oot/%2e/x%2eipxe', origin: '/boot/x.ipxe' },
    { target: '/loader/a%2Fb', origin: '/loader/a%2Fb' },
    { target: '/loader/../../../etc/passwd', origin: '/etc/passwd' },
    { target: '/docs/', origin: '/docs/' },
    { target: '/a?path=//b/../c', origin: '/a?path=//b/../c' },
    { target: '/a#part', origin: '/a' },
    { target: '/%', origin: '/%' },
    { target: '*', origin: '*' },
  ])('$target', ({ target, origin, authority }) => {
    expect(readTarget(target)).toEqual({ origin, authority })
  })

  it('gives what it would give for its own answer, whatever was asked', () => {
    const piece = fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', '%', 'a', '?', '#', 'http://h', ':', '*')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { origin } = readTarget(pieces.join(''))
        expect(readTarget(origin)).toEqual({ origin, authority: undefined })
      }),
    )
  })
})

it.each([
  { target: '/a', again: null },
  { target: '/a?again=1', again: '1' },
  { target: '/a?again=1?2', again: '1?2' },
])('queryOf $target', ({ target, again }) => {
  expect(queryOf(target).get('again')).toBe(again)
})
