// Memory that chunks are read into, used again and again: what is allocated for each chunk waits for the collector.

/** A place for one chunk, visible to every thread, on a page of its own: direct reads and writes ask for that. */
export interface Slot {
  readonly memory: SharedArrayBuffer
  readonly at: number
}

interface WasmMemory {
  readonly buffer: SharedArrayBuffer
}

/** Not in the language's own types; of all the memory that JavaScript can ask for, only this is mapped in whole pages. */
declare const WebAssembly: {
  Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory
}

/** Threads run it from its text: nothing outside of it may be used inside. */
export function newSlots(count: number, chunkBytes: number): Slot[] {
  const WASM_PAGE_BYTES = 65_536
  const slotPages = Math.ceil(chunkBytes / WASM_PAGE_BYTES)
  const pages = slotPages * count
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  return Array.from({ length: count }, (_, index) => ({ memory: buffer, at: index * slotPages * WASM_PAGE_BYTES }))
}

/** A window of slots for each lane, made when the lane first runs. */
export class LaneSlots {
  readonly #count: number
  readonly #chunkBytes: number
  readonly #byLane = new Map<number, readonly Slot[]>()

  constructor(count: number, chunkBytes: number) {
    this.#count = count
    this.#chunkBytes = chunkBytes
  }

  of(lane: number): readonly Slot[] {
    const slots = this.#byLane.get(lane) ?? newSlots(this.#count, this.#chunkBytes)
    this.#byLane.set(lane, slots)
    return slots
  }
}
