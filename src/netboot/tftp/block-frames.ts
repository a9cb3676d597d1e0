// The DATA packets of one transfer, in memory that is used again and again: an allocation for each costs a quarter of the time outside the kernel.
import { Buffer } from 'node:buffer'
import { DATA_HEADER_BYTES, writeDataHeader } from './packet.ts'

export interface FramedFile {
  readonly bytes: Uint8Array
  readonly blockSizeBytes: number
  readonly windowBlocks: number
}

/**
 * One place for each block of a window, and one more. A block comes to the place of an earlier one only when that one was
 * acknowledged, so a datagram that still waits in a socket is never changed into anything but what the client has already.
 */
export class BlockFrames {
  readonly #bytes: Buffer
  readonly #blockSizeBytes: number
  readonly #places: readonly Buffer[]

  constructor({ bytes, blockSizeBytes, windowBlocks }: FramedFile) {
    const frameBytes = DATA_HEADER_BYTES + Math.min(blockSizeBytes, bytes.length)
    const count = Math.min(windowBlocks, Math.floor(bytes.length / blockSizeBytes)) + 1
    const slab = Buffer.allocUnsafeSlow(count * frameBytes)
    // A view of the same memory: its copy needs no object for the part that is copied.
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#blockSizeBytes = blockSizeBytes
    this.#places = Array.from({ length: count }, (_, place) => slab.subarray(place * frameBytes, (place + 1) * frameBytes))
  }

  /** Block n, counted from 1, ready to be sent. */
  frame(block: number): Buffer {
    const place = this.#places[block % this.#places.length]!
    const start = (block - 1) * this.#blockSizeBytes
    writeDataHeader(place, block)
    const copied = this.#bytes.copy(place, DATA_HEADER_BYTES, start, start + this.#blockSizeBytes)
    const lengthBytes = DATA_HEADER_BYTES + copied
    return lengthBytes === place.length ? place : place.subarray(0, lengthBytes)
  }
}
