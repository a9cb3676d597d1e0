// Chunks that running captures rely on although no version names them yet. Forgotten by a restart: then publishing asks anew.
export class PromisedChunks {
  readonly #digests = new Set<string>()
  readonly #captures = new Set<string>()
  readonly #holders = new Set<string>()

  /** Nothing goes while it is held: somebody copies all of the store. */
  hold(id: string): void {
    this.#holders.add(id)
  }

  begin(jobId: string): void {
    this.#captures.add(jobId)
  }

  /** The last one to end takes all promises along: what was not published by then is nobody's. */
  end(jobId: string): void {
    this.#holders.delete(jobId)
    this.#captures.delete(jobId)
    if (this.#captures.size === 0) this.#digests.clear()
  }

  promise(digest: string): void {
    if (this.#captures.size > 0) this.#digests.add(digest)
  }

  has(digest: string): boolean {
    return this.#holders.size > 0 || this.#digests.has(digest)
  }
}
