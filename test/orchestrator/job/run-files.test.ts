import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RunFiles } from '../../../src/orchestrator/job/run-files.ts'

const HOUR_MS = 3_600_000
const NOW = Date.UTC(2026, 0, 10)

let dataDir: string
let used: Set<string>
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'platen-run-files-'))
  used = new Set()
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const open = () => RunFiles.open({ dataDir, now: () => NOW, used: () => used })
const there = () => readdirSync(join(dataDir, 'run-files')).sort()

async function keepAged(files: RunFiles, text: string, hours: number): Promise<string> {
  const { digest } = await files.keep(Readable.from([Buffer.from(text)]))
  const at = new Date(NOW - hours * HOUR_MS)
  utimesSync(files.pathOf(digest), at, at)
  return digest
}

it('keeps what is named, and what was brought within a day; a new one drops the rest', async () => {
  const files = await open()
  const named = await keepAged(files, 'named', 100)
  used.add(named)
  const young = await keepAged(files, 'young', 23)
  const old = await keepAged(files, 'old', 25)
  const added = await keepAged(files, 'added', 0)
  expect(there()).toEqual([named, young, added].sort())
  expect(files.ref({ path: 'a', digest: young })).toEqual({ path: 'a', digest: young, sizeBytes: 5 })
  expect(() => files.ref({ path: 'a', digest: old })).toThrow(/a with the digest .* is not here/)
  // A day from its last use on.
  used.clear()
  await keepAged(files, 'later', 0)
  expect(there()).toContain(named)
})

it('knows after a start what it had, and takes away what was never finished', async () => {
  const digest = await keepAged(await open(), 'one', 0)
  writeFileSync(join(dataDir, 'run-files', '7.new'), 'half')
  const files = await open()
  expect(there()).toEqual([digest])
  expect(files.ref({ path: 'a', digest }).sizeBytes).toBe(3)
})

it('takes no file that is too large, and leaves nothing of it', async () => {
  const files = await open()
  const half = Buffer.alloc(33 * 1024 * 1024)
  await expect(files.keep(Readable.from([half, half]))).rejects.toMatchObject({ code: 'JOB_FILE_TOO_LARGE' })
  expect(there()).toEqual([])
})
