// Which chunks a version is made of, to be asked of often: 32 bytes a chunk, sorted. A set of texts takes four times as much. Pure.
import { DIGEST_BYTES } from '../../imaging/chunk-digest.ts'

export class DigestSet {
  readonly #bytes: Buffer
  readonly size: number

  constructor(digests: Iterable<string>) {
    const sorted = [...digests].sort()
    this.#bytes = Buffer.from(sorted.join(''), 'hex')
    this.size = sorted.length
  }

  has(digest: string): boolean {
    const wanted = Buffer.from(digest, 'hex')
    let [low, high] = [0, this.size - 1]
    while (low <= high) {
      const middle = (low + high) >>> 1
      const order = this.#bytes.compare(wanted, 0, DIGEST_BYTES, middle * DIGEST_BYTES, (middle + 1) * DIGEST_BYTES)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return false
  }
}
