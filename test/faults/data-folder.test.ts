// Data folders that earlier versions left: an appliance begins on each, with all that it held. One of a newer form is left alone. A new form brings its own
// folder here: KEEP_DATA_FOLDER=1 writes the one of today's.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DATA_FORMAT } from '../../src/appliance/data-format.ts'
import { encodeLine } from '../../src/contract/json-lines.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'
import { checkKept, type Kept } from './kept.ts'
import { live } from './life.ts'

const FOLDERS = join(import.meta.dirname, '../captures/data-folders')
/** What it held, beside it. */
const KEPT = 'kept.json'
const nameOf = (format: number) => `format-${format}.tar.gz`

async function keepToday(): Promise<void> {
  mkdirSync(FOLDERS, { recursive: true })
  const kept: Kept[] = []
  await using scene = await OrchestratorScene.open()
  await live(scene, 2, (one) => void kept.push(one))
  await scene.rooms.stop()
  writeFileSync(join(scene.dataDir, KEPT), JSON.stringify(kept))
  const words = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--exclude=appliance.lock',
    '-czf',
    join(FOLDERS, nameOf(DATA_FORMAT)),
    '.',
  ]
  execFileSync('tar', words, { cwd: scene.dataDir })
}
if (process.env.KEEP_DATA_FOLDER !== undefined) await keepToday()

describe('a data folder', () => {
  it.each(readdirSync(FOLDERS).filter((name) => name.endsWith('.tar.gz')))('as in %s has all that it held', async (name) => {
    await using scene = new OrchestratorScene()
    execFileSync('tar', ['-xzf', join(FOLDERS, name), '-C', scene.dataDir])
    const kept = JSON.parse(readFileSync(join(scene.dataDir, KEPT), 'utf8')) as Kept[]
    rmSync(join(scene.dataDir, KEPT))
    await scene.begin()
    expect(kept.length).toBeGreaterThan(15)
    await checkKept(scene, kept, name)
  })

  it('of today’s form is kept here', () => {
    expect(existsSync(join(FOLDERS, nameOf(DATA_FORMAT)))).toBe(true)
  })

  it('without a word about its form is of the first', async () => {
    await using scene = await OrchestratorScene.open()
    rmSync(join(scene.dataDir, 'format'))
    await scene.killAndBegin()
    expect(readFileSync(join(scene.dataDir, 'format'), 'utf8')).toContain(`"format":${DATA_FORMAT}`)
  })

  it('of a newer form is refused, and not a byte of it is changed', async () => {
    const line = encodeLine({ format: DATA_FORMAT + 1, writtenBy: '99.0.0' })
    await using scene = new OrchestratorScene()
    writeFileSync(join(scene.dataDir, 'format'), line)
    const before = readdirSync(scene.dataDir, { recursive: true })
    await expect(scene.begin()).rejects.toMatchObject({
      code: 'APPLIANCE_DATA_NEWER',
      message: expect.stringContaining('99.0.0'),
    })
    expect(readdirSync(scene.dataDir, { recursive: true })).toEqual(before)
    expect(readFileSync(join(scene.dataDir, 'format'), 'utf8')).toBe(line)
  })
})
