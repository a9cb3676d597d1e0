// How long to wait for a client: smoothed round trip and its deviation (RFC 6298, with shorter bounds). Pure.

const FIRST_TIMEOUT_MS = 1000
/** A client that writes to flash or shares its processor is late by this much without having lost anything. */
const MIN_TIMEOUT_MS = 100
const MAX_TIMEOUT_MS = 5000
const MAX_PAUSE_MS = 20

export class RoundTrip {
  #smoothedMs: number | undefined
  #deviationMs = 0
  #maxMs: number

  /** negotiatedMs is the longest wait that the client wants (RFC 2349); the server may know better and wait less. */
  constructor(negotiatedMs: number | undefined) {
    this.#maxMs = Math.min(negotiatedMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS)
  }

  /** An answer to something that was sent twice tells nothing: it may answer either (Karn). */
  sample(elapsedMs: number, isAmbiguous: boolean): void {
    if (isAmbiguous) return
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = elapsedMs
      this.#deviationMs = elapsedMs / 2
      return
    }
    this.#deviationMs += (Math.abs(this.#smoothedMs - elapsedMs) - this.#deviationMs) / 4
    this.#smoothedMs += (elapsedMs - this.#smoothedMs) / 8
  }

  timeoutMs(silences: number): number {
    const base = this.#smoothedMs === undefined ? FIRST_TIMEOUT_MS : this.#smoothedMs + 4 * this.#deviationMs
    return Math.min(Math.max(base, MIN_TIMEOUT_MS) * 2 ** silences, this.#maxMs)
  }

  /** Long enough for word of a gap to come back, short against a timeout. */
  pauseMs(): number {
    return Math.min(Math.max(1, Math.ceil((this.#smoothedMs ?? 1) * 1.5)), MAX_PAUSE_MS)
  }
}
