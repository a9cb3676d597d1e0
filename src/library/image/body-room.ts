// Room for large bodies that have to be whole in memory before they can be read: who finds none waits for its turn. In memory.

export class BodyRoom {
  readonly #totalBytes: number
  #takenBytes = 0
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = []

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes
  }

  /** Resolves when there is room, with what gives it back; that may be called twice. A body larger than all of it has it for itself. */
  async take(bytes: number): Promise<() => void> {
    const wanted = Math.min(bytes, this.#totalBytes)
    if (this.#waiting.length > 0 || this.#takenBytes + wanted > this.#totalBytes)
      await new Promise<void>((enter) => this.#waiting.push({ bytes: wanted, enter }))
    else this.#takenBytes += wanted
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      this.#takenBytes -= wanted
      this.#admit()
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#takenBytes + next.bytes > this.#totalBytes) return
      this.#waiting.shift()
      this.#takenBytes += next.bytes
      next.enter()
    }
  }
}
