// Sends one file: whole or a range of it, or its headers alone. Reads the file system.

import { createReadStream } from 'node:fs'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NetbootEventLog } from '../events.ts'
import { findServedFile } from '../served-file.ts'

export interface ServedName {
  readonly root: string
  /** Inside the root. */
  readonly name: string
  /** As events call it; left out, its name. */
  readonly shownAs?: string
}

export async function sendFile(
  { events }: { readonly events: NetbootEventLog },
  { root, name, shownAs = name }: ServedName,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const found = await findServedFile(root, name)
  if (found.kind === 'refused') {
    events.emit({ type: 'http.refused', from: request.ip, path: request.url, reason: found.reason })
    return reply.code(404).type('text/plain; charset=utf-8').send(`no file "${name}"\n`)
  }
  const modified = new Date(found.modifiedMs).toUTCString()
  const range = isRangeMeant(request, modified) ? parseRange(request.headers.range, found.sizeBytes) : undefined
  reply.header('accept-ranges', 'bytes').header('last-modified', modified)
  reply.type(name.endsWith('.efi') ? 'application/efi' : 'application/octet-stream')
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${found.sizeBytes}`).send()
  const { first, last } = range ?? { first: 0, last: found.sizeBytes - 1 }
  if (range !== undefined) reply.code(206).header('content-range', `bytes ${first}-${last}/${found.sizeBytes}`)
  sendLength(reply, last - first + 1)
  if (request.method === 'HEAD' || found.sizeBytes === 0) return reply.send()
  // Now: who broke off is not known any longer when the stream ends.
  const from = request.ip
  const startedAt = performance.now()
  const stream = createReadStream(found.path, { start: first, end: last, highWaterMark: CHUNK_BYTES })
  stream.on('close', () => {
    const durationMs = Math.round(performance.now() - startedAt)
    events.emit({ type: 'http.file-sent', from, file: shownAs, sentBytes: stream.bytesRead, durationMs })
  })
  return reply.send(stream)
}

/**
 * Firmware that meets a chunked answer gives up: it sizes its buffer from this header. GRUB 2.12 knows it in this spelling alone
 * (RFC 9110 §5.1 leaves the case to the server), and fastify would write all of it small.
 */
export function sendLength(reply: FastifyReply, sizeBytes: number): void {
  reply.raw.setHeader('Content-Length', sizeBytes)
}

/** One read for each: less switching than the default 64 KiB for files of tens of MiB. */
const CHUNK_BYTES = 512 * 1024

/** A part is for GET alone, and of no use to who has the beginning of an older file (RFC 9110 §14.2, §13.1.5). */
function isRangeMeant({ method, headers }: FastifyRequest, modified: string): boolean {
  const condition = headers['if-range']
  return method === 'GET' && (condition === undefined || condition === modified)
}

interface Range {
  readonly first: number
  readonly last: number
}

/** One range of bytes (RFC 9110 §14.2); several, or another unit, count as none: the whole file is a right answer too. */
export function parseRange(header: string | undefined, sizeBytes: number): Range | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  const range =
    from === ''
      ? { first: Math.max(0, sizeBytes - Number(to)), last: sizeBytes - 1 }
      : { first: Number(from), last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) }
  if (range.first >= sizeBytes || (from === '' && Number(to) === 0)) return 'unsatisfiable'
  return range.last < range.first ? undefined : range
}
