// The power goes off at a moment of chance: only what was synced is on the disk for certain, of the rest any part. An appliance that begins on that disk
// has everything that was acknowledged, and no version that does not verify. One life is recorded call by call (strace), and cut again and again; a cut is
// repeated by its seed: POWER_CUT_SEED=7 tries that one alone. POWER_CUTS says how many.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { needs, program } from '../needs.ts'
import { chance } from './chance.ts'
import { checkKept, type Kept } from './kept.ts'
import { RecordedDisk, type Survives } from './power-cut/disk.ts'
import { callsOf } from './power-cut/trace.ts'

const CUTS = Number(process.env.POWER_CUTS ?? 24)
const ONLY = process.env.POWER_CUT_SEED
const LIFE = join(import.meta.dirname, 'power-cut/life-process.ts')
const CALLS = [
  ...['openat', 'write', 'writev', 'pwrite64', 'pwritev', 'fsync', 'fdatasync', 'truncate', 'ftruncate'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir'],
]
const isReady = needs(program('strace'))

let folder: string
let disk: RecordedDisk
beforeAll(() => {
  if (isReady.skip) return
  folder = mkdtempSync(join(tmpdir(), 'platen-power-cut-'))
  const [trace, where] = [join(folder, 'trace'), join(folder, 'where')]
  const recording = ['-f', '-y', '-xx', '-s', '100000000', '--seccomp-bpf', '-e', `trace=${CALLS.join(',')}`, '-o', trace]
  execFileSync('strace', [...recording, process.execPath, LIFE, where], { stdio: ['ignore', 'ignore', 'inherit'] })
  const root = readFileSync(where, 'utf8')
  disk = new RecordedDisk(root, callsOf(readFileSync(trace, 'utf8')), 'kept: ')
  rmSync(root, { recursive: true })
}, 300_000)
afterAll(() => folder && rmSync(folder, { recursive: true }))

/** Nothing more than was synced, all that was written, or any part. */
function survivalOf(seed: number, random: () => number): Survives {
  if (seed % 3 === 0) return () => false
  if (seed % 3 === 1) return () => true
  const decided = new Map<number, boolean>()
  return (index) => {
    const known = decided.get(index) ?? random() < 0.5
    decided.set(index, known)
    return known
  }
}

describe('a power cut', isReady, () => {
  it('was recorded with all that it needs', () => {
    expect(disk.promised.length).toBeGreaterThan(20)
    expect(disk.syncCount).toBeGreaterThan(disk.promised.length)
    expect(disk.changeCount).toBeGreaterThan(100)
  })

  it.each(Array.from({ length: CUTS }, (_, index) => index + 1).filter((seed) => ONLY === undefined || Number(ONLY) === seed))(
    'of seed %i loses nothing that was acknowledged',
    async (seed) => {
      const random = chance(seed)
      const instant = disk.instantOf(Math.floor(random() * disk.changeCount)) + 1
      const files = disk.filesAfterCut(instant, survivalOf(seed, random))
      const kept = disk.promised.filter(({ at }) => at < instant).map(({ text }) => JSON.parse(text) as Kept)
      await using scene = new OrchestratorScene()
      for (const [path, content] of files) {
        const target = join(scene.dataDir, path)
        mkdirSync(content === undefined ? target : dirname(target), { recursive: true })
        if (content !== undefined) writeFileSync(target, content, { mode: 0o600 })
      }
      await scene.begin()
      await checkKept(scene, kept, `seed ${seed}, after ${kept.length} promises`)
    },
  )
})
