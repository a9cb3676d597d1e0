// The digest of a chunk: SHA-256 over the SHA-256 of each of its sections, in order. A section can so be named, compared and proven
// without the rest of its chunk. Pure; the agent's threads run createChunkDigester from its text: nothing outside of it may be used inside.
import { hash } from 'node:crypto'

/** The last section of a chunk may be shorter. */
export const SECTION_BYTES = 131_072
/** A SHA-256. */
export const DIGEST_BYTES = 32

export interface ChunkDigests {
  /** Hex. */
  readonly digest: string
  /** DIGEST_BYTES for each section, in order. */
  readonly sections: Uint8Array
}

export type ChunkDigester = (content: Uint8Array) => ChunkDigests

export function createChunkDigester(sectionBytes: number): ChunkDigester {
  const { hash: hashOf } = process.getBuiltinModule('node:crypto')
  const digestBytes = hashOf('sha256', '', 'buffer').length
  return (content) => {
    const sections = new Uint8Array(Math.ceil(content.length / sectionBytes) * digestBytes)
    for (let at = 0, place = 0; at < content.length; at += sectionBytes, place += digestBytes)
      sections.set(hashOf('sha256', content.subarray(at, at + sectionBytes), 'buffer'), place)
    return { digest: hashOf('sha256', sections, 'hex'), sections }
  }
}

const digester = createChunkDigester(SECTION_BYTES)

export const chunkDigest = (content: Uint8Array): string => digester(content).digest

/** The digest of the chunk that has these sections. */
export const digestOfSections = (sections: Uint8Array): string => hash('sha256', sections, 'hex')

/** The digest of one section, out of those of its chunk. */
export const sectionAt = (sections: Uint8Array, index: number): Uint8Array =>
  sections.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)

export const sectionCount = (sections: Uint8Array): number => sections.length / DIGEST_BYTES
