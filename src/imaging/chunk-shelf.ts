// Memory for chunks on their way, used again: buffers of their own for each keep the collector busy. Pure but for what it keeps.

/** What nearly every compressed chunk fits in. */
const PLACE_BYTES = 2 * 1024 * 1024 + 65_536
/** More is given up to the collector: a rack that sends at once must not leave its memory behind. */
const MOST_KEPT = 64

/** Every thread sees the memory: nothing has to be handed over. */
export class ChunkShelf {
  readonly #free: SharedArrayBuffer[] = []

  /** So many bytes, with what was there before in them; left out: what nearly every compressed chunk fits in. */
  take(length = PLACE_BYTES): Uint8Array {
    if (length > PLACE_BYTES) return new Uint8Array(new SharedArrayBuffer(length))
    return new Uint8Array(this.#free.pop() ?? new SharedArrayBuffer(PLACE_BYTES), 0, length)
  }

  /** Nobody may look at the bytes any more. Bytes from elsewhere are nothing to keep. */
  giveBack({ buffer }: Uint8Array): void {
    const isOurs = buffer instanceof SharedArrayBuffer && buffer.byteLength === PLACE_BYTES
    if (isOurs && this.#free.length < MOST_KEPT) this.#free.push(buffer)
  }
}
