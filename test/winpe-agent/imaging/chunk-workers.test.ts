// The threads are started from the text of functions: from the sources as they stand, and from a bundle, as the agent's one file is.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BLOCK_BYTES } from '../../../src/imaging/block-differences.ts'
import { chunkDigest, SECTION_BYTES } from '../../../src/imaging/chunk-digest.ts'
import { CHUNK_BYTES } from '../../../src/imaging/chunk-grid.ts'
import { ChunkWorkers } from '../../../src/winpe-agent/imaging/chunk-workers.ts'

/** A chunk from one file to the same place of another, through all kinds of tasks. */
const PROGRAM = `
import { openSync } from 'node:fs'
import { ChunkWorkers } from '${import.meta.dirname}/../../../src/winpe-agent/imaging/chunk-workers.ts'
import { newSlots } from '${import.meta.dirname}/../../../src/winpe-agent/imaging/slots.ts'

const [from, to] = process.argv.slice(2).map((path) => ({ fd: openSync(path, 'r+'), directFd: undefined }))
const [slot, other] = newSlots(2, ${CHUNK_BYTES})
const place = { offset: 0, chunkBytes: ${CHUNK_BYTES}, used: [0, ${CHUNK_BYTES}] }
const workers = new ChunkWorkers(1)
const { digest } = await workers.run({ kind: 'read', disk: from, slot, ...place })
const pack = await workers.run({ kind: 'pack', parts: [{ slot, blocks: [0, 511] }, { slot, blocks: [7] }], chunkBytes: ${CHUNK_BYTES}, params: {} })
const { length } = await workers.run({ kind: 'compress', slot, chunkBytes: ${CHUNK_BYTES}, params: {} })
const bytes = new Uint8Array(slot.memory, slot.at, length).slice()
const before = await workers.run({ kind: 'read', disk: to, slot: other, ...place })
const written = await workers.run({ kind: 'write', disk: to, digest, bytes, held: before.sections, ...place })
const parts = [{ bytes, moves: [{ from: 0, count: ${CHUNK_BYTES / BLOCK_BYTES}, to: 0 }] }]
const composed = await workers.run({ kind: 'compose', disk: to, slot: other, digest, parts, ...place })
await workers.close()
console.log(JSON.stringify({ written, composed, digest, pack: { digest: pack.digest, bytes: Buffer.from(pack.bytes).toString('base64') } }))
`

const folder = mkdtempSync(join(tmpdir(), 'platen-workers-'))
const SOURCE = join(folder, 'program.ts')
const BUNDLE = join(folder, 'program.mjs')

beforeAll(async () => {
  writeFileSync(SOURCE, PROGRAM)
  await build({
    entryPoints: [SOURCE],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['from the sources', SOURCE],
  ['from a bundle', BUNDLE],
])('%s', (_name, program) => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  const content = Buffer.alloc(CHUNK_BYTES, 'what stands on a disk')
  writeFileSync(from, content)
  // All but its last section.
  writeFileSync(to, Buffer.concat([content.subarray(0, -SECTION_BYTES), Buffer.alloc(SECTION_BYTES)]))
  const { written, composed, digest, pack } = JSON.parse(
    execFileSync(process.execPath, [program, from, to], { encoding: 'utf8' }),
  )
  expect(written).toEqual({ kind: 'write', actualDigest: digest, bytesWritten: SECTION_BYTES })
  expect(composed).toEqual({ kind: 'compose', actualDigest: digest, bytesWritten: CHUNK_BYTES })
  expect(readFileSync(to).equals(content)).toBe(true)
  const packed = Buffer.concat([0, 511, 7].map((block) => content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)))
  expect(zstdDecompressSync(Buffer.from(pack.bytes, 'base64')).equals(packed)).toBe(true)
  expect(pack.digest).toBe(chunkDigest(packed))
})

it('threads that are ended while they start, and between tasks, end alone: the process goes on', () => {
  const program = join(folder, 'ends.ts')
  writeFileSync(
    program,
    `
import { ChunkWorkers } from '${import.meta.dirname}/../../../src/winpe-agent/imaging/chunk-workers.ts'
import { newSlots } from '${import.meta.dirname}/../../../src/winpe-agent/imaging/slots.ts'
for (let round = 0; round < 20; round++) {
  const workers = new ChunkWorkers(2)
  const [slot] = newSlots(1, ${CHUNK_BYTES})
  const task = { kind: 'compress', slot, chunkBytes: ${CHUNK_BYTES}, params: {} }
  const done = round % 2 === 0 ? [] : [workers.run(task).catch(() => undefined), workers.run(task).catch(() => undefined)]
  await workers.close()
  await Promise.all(done)
}
console.log('all ended')
`,
  )
  expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('all ended\n')
})

it('a task for threads that have ended is refused: it would never be answered', async () => {
  const workers = new ChunkWorkers(2)
  await workers.close()
  const slot = { memory: new SharedArrayBuffer(CHUNK_BYTES), at: 0 }
  await expect(workers.run({ kind: 'compress', slot, chunkBytes: CHUNK_BYTES, params: {} })).rejects.toThrow('have ended')
})
