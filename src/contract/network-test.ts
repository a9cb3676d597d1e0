// The bytes by which the speed of a machine's network is measured, in both directions: one block, over and over, that both sides know. Pure.
import { type Static, Type } from 'typebox'
import { NamedObject } from './named.ts'
import { SizeBytes } from './values.ts'

/** GET /network-test?bytes=N gives so many; POST /network-test (body: the bytes) says what arrived. */
export const NETWORK_TEST_MOST_BYTES = 1024 ** 3
export const NETWORK_TEST_MOST_UP_BYTES = 16 * 1024 * 1024
export const NETWORK_TEST_BLOCK_BYTES = 1024 * 1024

export const NetworkTestAnswer = NamedObject('NetworkTestAnswer', { bytes: SizeBytes, isDamaged: Type.Boolean() })
export type NetworkTestAnswer = Static<typeof NetworkTestAnswer>

/** Nothing that a card or a switch could make shorter: a xorshift of 32 bits (Marsaglia 2003). */
export function networkTestBlock(): Uint8Array {
  const words = new Uint32Array(NETWORK_TEST_BLOCK_BYTES / 4)
  let state = 0x9e3779b9
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  // Little-endian wherever it runs: x64 and arm64 are.
  return new Uint8Array(words.buffer)
}

/** Takes the bytes as they come, and tells whether they are those. */
export function networkTestReader(block = networkTestBlock()) {
  let bytes = 0
  let isDamaged = false
  return {
    add(part: Uint8Array) {
      for (let from = 0; from < part.length; ) {
        const at = (bytes + from) % block.length
        const length = Math.min(part.length - from, block.length - at)
        if (!isEqual(part.subarray(from, from + length), block.subarray(at, at + length))) isDamaged = true
        from += length
      }
      bytes += part.length
    },
    result: (): NetworkTestAnswer => ({ bytes, isDamaged }),
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
