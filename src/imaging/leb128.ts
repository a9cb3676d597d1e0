// Numbers of any size as bytes, seven bits each, the lowest first (LEB128). Pure.

const MOST = 2 ** 49

export function pushNumber(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}

/** One number after the other. */
export class NumberReader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length
  }

  /** undefined: the bytes stop in the middle of it, or it is too large. */
  next(): number | undefined {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#position++]
      if (byte === undefined || factor > MOST) return undefined
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
}
