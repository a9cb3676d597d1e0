// A chunk store in memory whose every step waits for the order that a test gives: what happens between two steps is up to the test.
import type { ChunkStore, StoredChunk } from '../../src/library/image/chunk-store.ts'

/** Returns when it is this step's turn. */
export type Turn = (label: string) => Promise<void>

export class MemoryChunkStore implements ChunkStore {
  readonly digests = new Set<string>()
  readonly #turn: Turn

  constructor(turn: Turn) {
    this.#turn = turn
  }

  has(digest: string): boolean {
    return this.digests.has(digest)
  }

  async put({ digest, bytes }: StoredChunk): Promise<number> {
    await this.#turn(`put ${digest}`)
    if (this.digests.has(digest)) return 0
    this.digests.add(digest)
    return bytes.length
  }

  async settle(): Promise<void> {
    await this.#turn('settle')
  }

  async get(): Promise<Uint8Array> {
    throw new Error('nobody reads here')
  }

  async sections(): Promise<Uint8Array> {
    throw new Error('nobody composes here')
  }

  async sizeOf(digest: string): Promise<number | undefined> {
    return this.digests.has(digest) ? 1 : undefined
  }

  async *list(): AsyncGenerator<{ readonly digest: string; readonly sizeBytes: number }> {
    for (const digest of [...this.digests]) {
      await this.#turn(`list ${digest}`)
      if (this.digests.has(digest)) yield { digest, sizeBytes: 1 }
    }
  }

  async remove(digest: string): Promise<void> {
    await this.#turn(`remove ${digest}`)
    this.digests.delete(digest)
  }

  async space() {
    return { totalBytes: 1e12, freeBytes: 1e12 }
  }
}
