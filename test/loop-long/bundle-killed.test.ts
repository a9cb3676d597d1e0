// kill -9 of a real appliance at a moment of chance while it installs a bundle: at its next start there is nothing of the bundle, or all of it. A
// round is repeated by its seed: BUNDLE_KILL_SEED=7 runs that one alone.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import { ApplianceProgram } from '../fakes/appliance-program.ts'
import { bundleOf, furnish } from '../fakes/bundle-scene.ts'
import { OrchestratorScene } from '../fakes/orchestrator-scene.ts'

const ROUNDS = Number(process.env.BUNDLE_KILL_ROUNDS ?? 40)
const ONLY = process.env.BUNDLE_KILL_SEED
const TRUST = { trustNewKey: true }

let folder: string
let file: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-bundle-killed-'))
  file = join(folder, 'site.bundle')
  await using giver = await OrchestratorScene.open()
  await furnish(giver)
  writeFileSync(file, await bundleOf(giver))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it(`${ROUNDS} deaths`, { timeout: 3_600_000 }, async () => {
  const mostMs = await millisecondsOfOne()
  const seen = { new: 0, equal: 0 }
  for (let seed = 1; seed <= ROUNDS; seed++) {
    if (ONLY !== undefined && Number(ONLY) !== seed) continue
    seen[await diesAt(seed, mostMs)]++
  }
  console.info(`${seen.new} deaths left nothing, ${seen.equal} all of it; an installation took ${mostMs} ms`)
  if (ONLY === undefined) expect(Math.min(seen.new, seen.equal)).toBeGreaterThan(0)
})

async function millisecondsOfOne(): Promise<number> {
  const { program, site } = await freshAppliance('measured')
  await using _ended = program
  const api = clientOf(program)
  const { id } = await api.bringBundle(file, TRUST, () => undefined)
  const begin = performance.now()
  await api.installBundle(id, 'refuse')
  const took = performance.now() - begin
  rmSync(site, { recursive: true, force: true })
  return Math.ceil(took)
}

/** Moments are spread evenly over the time of one installation and some more, shuffled by the golden ratio. */
async function diesAt(seed: number, mostMs: number): Promise<'new' | 'equal'> {
  const { program, site } = await freshAppliance(String(seed))
  await using _ended = program
  const api = clientOf(program)
  const { id } = await api.bringBundle(file, TRUST, () => undefined)
  const installing = api.installBundle(id, 'refuse').catch(() => undefined)
  await pause(((seed * 0.618034) % 1) * mostMs * 1.3)
  await program.kill()
  await installing
  await program.restart()
  const again = await api.bringBundle(file, TRUST, () => undefined)
  const standings = [...new Set(again.entries.map(({ standing }) => standing))]
  expect(standings, `seed ${seed}`).toHaveLength(1)
  expect(readdirSync(join(site, 'data', 'bundles', 'incoming')), `seed ${seed}`).toEqual([again.id])
  const installed = await api.installBundle(again.id, 'refuse')
  expect(new Set(installed.entries.map(({ done }) => done)).size, `seed ${seed}`).toBe(1)
  await program.kill()
  rmSync(site, { recursive: true, force: true })
  return standings[0] as 'new' | 'equal'
}

async function freshAppliance(name: string): Promise<{ readonly program: ApplianceProgram; readonly site: string }> {
  const site = join(folder, name)
  mkdirSync(join(site, 'profiles'), { recursive: true })
  return { program: await ApplianceProgram.start(site), site }
}

const clientOf = ({ url, tokenFile }: ApplianceProgram) =>
  createApiClient({ url, tokenFile, signal: new AbortController().signal })
