// Chunks and manifests between this machine and the appliance. Touches the network through the client's port.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { ManifestAnswer, MissingAnswer } from '../../contract/agent-api.ts'
import { AppError } from '../../contract/errors.ts'
import type { Composition } from '../../contract/image.ts'
import {
  BlocksAnswer,
  ChunkUploadAnswer,
  MANIFEST_TYPE,
  ReservationAnswer,
  SectionsAnswer,
} from '../../contract/image-transfer.ts'
import type { VersionSignature } from '../../contract/version-signature.ts'
import { digestOfSections } from '../../imaging/chunk-digest.ts'
import { CHUNK_STREAM_TYPE, type ChunkFrame, decodeFrames, encodeFrameHeader } from '../../imaging/chunk-frames.ts'
import type { StepContext } from '../performer.ts'

/** So many times in a row without a single chunk, and a fetch gives up. */
const FRUITLESS_ATTEMPTS = 8
const MISSING_BATCH = 4096
const SECTIONS_BATCH = 256
const BLOCKS_BATCH = 64

export interface FetchWishes {
  /** Memory for each chunk. */
  readonly newBytes?: (length: number) => Uint8Array
  /** They came with other content than their digests say: the store is to look at its own first. */
  readonly again?: boolean
}

export interface HeldChunk {
  /** Of the chunk that is wanted. */
  readonly digest: string
  /** Where its blocks lie; left out: it is stored as one. */
  readonly composition: Composition | undefined
  /** Of what is held in its place: src/imaging/block-differences.ts. */
  readonly blocks: Uint8Array
}

export interface ChunkClient {
  /** Gives the version that the image has already, when it has one. */
  reserve(usedBytes: number): Promise<ReservationAnswer['previous']>
  missing(digests: readonly string[]): Promise<string[]>
  /** Digests of the sections of stored chunks; those that the store lacks are left out. */
  sections(digests: readonly string[]): Promise<Map<string, Uint8Array>>
  /** Digests of the blocks of stored chunks: src/imaging/block-differences.ts. Those that the store lacks are left out. */
  blocks(digests: readonly string[]): Promise<Map<string, Uint8Array>>
  /** Gives the bytes that travelled. */
  send(chunks: readonly ChunkFrame[]): Promise<number>
  /** Chunks as they arrive, in the order asked; goes on after a cut connection. */
  fetch(digests: readonly string[], wishes?: FetchWishes): AsyncGenerator<ChunkFrame>
  /** What of chunks is lacked by somebody who holds blocks with these digests, in the order asked; each as POST /chunks/differences says. */
  differences(chunks: readonly HeldChunk[], newBytes: (length: number) => Uint8Array): AsyncGenerator<ChunkFrame>
  publish(compressedManifest: Uint8Array, signatures?: readonly VersionSignature[]): Promise<ManifestAnswer>
  manifest(imageName: string, version: number): Promise<Uint8Array>
}

type ClientContext = Pick<StepContext, 'client' | 'jobId' | 'leaseId' | 'signal' | 'log'>

export function createChunkClient({ client, jobId, leaseId, signal, log }: ClientContext): ChunkClient {
  const job = `/jobs/${encodeURIComponent(jobId)}`
  const lease = `leaseId=${encodeURIComponent(leaseId)}`

  async function exchangeJson<T extends TSchema>(
    path: string,
    type: string,
    parts: readonly Uint8Array[],
    answer: T,
  ): Promise<Static<T>> {
    const text = (await readAll(await client.exchange(path, type, parts, signal))).toString('utf8')
    const value: unknown = JSON.parse(text)
    if (Value.Check(answer, value)) return value
    throw new AppError('AGENT_ANSWER_UNEXPECTED', `the appliance answered ${path} with ${text.slice(0, 200)}`, VERSIONS_HINT)
  }

  /** Frames in the order of the digests, whatever is cut between: `ask` asks for those from a position on. */
  async function* inOrder(
    digests: readonly string[],
    ask: (position: number) => Promise<AsyncIterable<Uint8Array>>,
    newBytes: FetchWishes['newBytes'],
  ): AsyncGenerator<ChunkFrame> {
    let position = 0
    for (let fruitless = 0; position < digests.length; ) {
      const before = position
      try {
        for await (const frame of decodeFrames(await ask(position), newBytes)) {
          if (frame.digest !== digests[position]) throw unexpectedChunk(digests[position], frame.digest)
          position++
          yield frame
        }
        if (position === before) throw endedEarly(digests[position])
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof AppError && error.code !== 'IMAGE_CHUNK_STREAM_INVALID') throw error
        fruitless = position > before ? 0 : fruitless + 1
        if (fruitless >= FRUITLESS_ATTEMPTS) throw error
        log(`the connection was cut ${position} chunks into a batch of ${digests.length}; going on there`)
      }
    }
  }

  const askJson = (path: string, body: object) =>
    client.exchange(path, 'application/json', [Buffer.from(JSON.stringify(body))], signal)

  return {
    async reserve(usedBytes) {
      return (await client.post(`${job}/reservation`, { leaseId, usedBytes }, ReservationAnswer, signal)).previous
    },
    async missing(digests) {
      const missing: string[] = []
      for (let at = 0; at < digests.length; at += MISSING_BATCH) {
        const answer = await client.post(
          '/chunks/missing',
          { digests: digests.slice(at, at + MISSING_BATCH) },
          MissingAnswer,
          signal,
        )
        missing.push(...answer.missing)
      }
      return missing
    },
    async sections(digests) {
      const found = new Map<string, Uint8Array>()
      for (let at = 0; at < digests.length; at += SECTIONS_BATCH) {
        const asked = digests.slice(at, at + SECTIONS_BATCH)
        const { chunks } = await client.post('/chunks/sections', { digests: asked }, SectionsAnswer, signal)
        for (const { digest, sections: packed } of chunks) {
          const sections = Buffer.from(packed, 'base64')
          if (digestOfSections(sections) === digest) found.set(digest, sections)
        }
      }
      return found
    },
    async blocks(digests) {
      const found = new Map<string, Uint8Array>()
      for (let at = 0; at < digests.length; at += BLOCKS_BATCH) {
        const asked = digests.slice(at, at + BLOCKS_BATCH)
        const { chunks } = await client.post('/chunks/blocks', { digests: asked }, BlocksAnswer, signal)
        for (const { digest, blocks } of chunks) found.set(digest, Buffer.from(blocks, 'base64'))
      }
      return found
    },
    async send(chunks) {
      const parts = chunks.flatMap(({ digest, bytes }) => [encodeFrameHeader(digest, bytes.length), bytes])
      await exchangeJson(`${job}/chunks?${lease}`, CHUNK_STREAM_TYPE, parts, ChunkUploadAnswer)
      return parts.reduce((sum, part) => sum + part.length, 0)
    },
    fetch: (digests, { newBytes, again } = {}) =>
      inOrder(digests, (position) => askJson('/chunks/fetch', { digests: digests.slice(position), again }), newBytes),
    differences(chunks, newBytes) {
      const asked = chunks.map(({ digest, blocks, composition }) => ({
        digest,
        blocks: Buffer.from(blocks).toString('base64'),
        composition,
      }))
      const digests = asked.map(({ digest }) => digest)
      return inOrder(digests, (position) => askJson('/chunks/differences', { chunks: asked.slice(position) }), newBytes)
    },
    publish: (compressed, signatures) =>
      exchangeJson(`${job}/manifest?${lease}${signaturesQuery(signatures)}`, MANIFEST_TYPE, [compressed], ManifestAnswer),
    async manifest(imageName, version) {
      return readAll(await client.download(`/images/${encodeURIComponent(imageName)}/versions/${version}/manifest`, signal))
    },
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

const VERSIONS_HINT =
  'Agent and appliance are of different versions: run `platen boot build` on the appliance, then restart this machine.'

function endedEarly(wanted: string | undefined): AppError {
  return new AppError('IMAGE_CHUNK_STREAM_INVALID', `chunk ${wanted} was asked for and nothing came`, VERSIONS_HINT)
}

function unexpectedChunk(wanted: string | undefined, got: string): AppError {
  return new AppError('IMAGE_CHUNK_STREAM_INVALID', `chunk ${wanted} was asked for and ${got} came`, VERSIONS_HINT)
}

function signaturesQuery(signatures: readonly VersionSignature[] = []): string {
  return signatures.length === 0 ? '' : `&signatures=${Buffer.from(JSON.stringify(signatures)).toString('base64url')}`
}
