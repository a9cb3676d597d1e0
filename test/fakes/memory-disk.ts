// A disk of which only the written pages are in memory, and what GPT and MBR tables look like on it, with every field open to lies.
import { crc32 } from 'node:zlib'
import type { ReadAt } from '../../src/imaging/gpt-copies.ts'

const PAGE = 4096

export class MemoryDisk {
  readonly sizeBytes: number
  /** The most bytes that anybody asked for at once. */
  mostAsked = 0
  reads = 0
  readonly #pages = new Map<number, Buffer>()

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes
  }

  write(offset: number, bytes: Uint8Array): this {
    for (const [index, byte] of bytes.entries()) {
      const at = offset + index
      if (at < 0 || at >= this.sizeBytes) continue
      const number = Math.floor(at / PAGE)
      const page = this.#pages.get(number) ?? Buffer.alloc(PAGE)
      page[at % PAGE] = byte
      this.#pages.set(number, page)
    }
    return this
  }

  text(offset: number, value: string): this {
    return this.write(offset, Buffer.from(value, 'latin1'))
  }

  readonly read: ReadAt = async (offset, length) => {
    this.reads++
    this.mostAsked = Math.max(this.mostAsked, length)
    return this.bytes(offset, length)
  }

  bytes(offset: number, length: number): Buffer {
    const whole = Buffer.alloc(Math.max(0, Math.min(length, this.sizeBytes - offset)))
    for (let at = offset; at < offset + whole.length; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = this.#pages.get(Math.floor(at / PAGE))
      page?.copy(whole, at - offset, at % PAGE)
    }
    return whole
  }
}

export interface MbrEntry {
  readonly type: number
  readonly start: number
  readonly count: number
  readonly status?: number
}

export function mbrSector(entries: readonly MbrEntry[], id = 0x1234_5678): Buffer {
  const sector = Buffer.alloc(512)
  sector.writeUInt32LE(id, 440)
  for (const [index, { type, start, count, status = 0 }] of entries.entries()) {
    const at = 446 + index * 16
    sector[at] = status
    sector[at + 4] = type
    sector.writeUInt32LE(start, at + 8)
    sector.writeUInt32LE(count, at + 12)
  }
  return Buffer.from([...sector.subarray(0, 510), 0x55, 0xaa])
}

export interface GptLies {
  readonly sectorBytes: number
  readonly ownLba: bigint
  readonly otherLba: bigint
  readonly entriesLba: bigint
  readonly firstUsableLba: bigint
  readonly entryCount: number
  readonly entryBytes: number
  readonly entries: Buffer
}

/** A header with right checksums, whatever it says. */
export function gptHeader(lies: GptLies): Buffer {
  const header = Buffer.alloc(lies.sectorBytes)
  header.write('EFI PART', 'latin1')
  header.writeUInt32LE(0x1_0000, 8)
  header.writeUInt32LE(92, 12)
  header.writeBigUInt64LE(lies.ownLba, 24)
  header.writeBigUInt64LE(lies.otherLba, 32)
  header.writeBigUInt64LE(lies.firstUsableLba, 40)
  header.fill(0xab, 56, 72)
  header.writeBigUInt64LE(lies.entriesLba, 72)
  header.writeUInt32LE(lies.entryCount, 80)
  header.writeUInt32LE(lies.entryBytes, 84)
  header.writeUInt32LE(crc32(lies.entries), 88)
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16)
  return header
}

export function gptEntry(startLba: bigint, endLba: bigint): Buffer {
  const entry = Buffer.alloc(128)
  entry.fill(0x11, 0, 16)
  entry.fill(0x22, 16, 32)
  entry.writeBigUInt64LE(startLba, 32)
  entry.writeBigUInt64LE(endLba, 40)
  return entry
}
