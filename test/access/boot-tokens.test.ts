import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeBootToken, readBootToken } from '../../src/access/boot-tokens.ts'

const key = randomBytes(32)
const MAC = '52:54:00:ab:cd:ef'
const OF = { mac: MAC, origin: { kind: 'booted', peerDigest: '0123456789ab' } } as const
const NOW = 1_767_000_000_000

describe('boot tokens', () => {
  it('tell the machine again', () => {
    expect(readBootToken(makeBootToken(OF, key, NOW), key, NOW + 1000)).toMatchObject({ kind: 'good', token: { mac: MAC } })
  })

  it.each([
    { name: 'another key', text: makeBootToken(OF, randomBytes(32), NOW), at: NOW, reason: 'forged' },
    { name: 'another machine', text: makeBootToken(OF, key, NOW).replace('525400', '525401'), at: NOW, reason: 'forged' },
    { name: 'a day later', text: makeBootToken(OF, key, NOW), at: NOW + 86_400_000, reason: 'expired' },
    { name: 'nothing', text: '', at: NOW, reason: 'malformed' },
  ])('refused: $name', ({ text, at, reason }) => {
    expect(readBootToken(text, key, at)).toEqual({ kind: 'refused', reason })
  })

  it('whatever is changed in one, it is refused', () => {
    const token = makeBootToken(OF, key, NOW)
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'0123456789abcxyz.-_'), (at, letter) => {
        const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`
        // The last letter of base64url carries two bits that decode to nothing: text is compared, not bytes.
        if (changed !== token) expect(readBootToken(changed, key, NOW).kind).toBe('refused')
      }),
    )
  })
})
