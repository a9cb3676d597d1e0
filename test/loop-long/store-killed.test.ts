// kill -9 of a whole appliance, two hundred times, while images come and go.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ApplianceProgram } from '../fakes/appliance-program.ts'
import { killAgainAndAgain } from '../suites/killed-store-suite.ts'

const ROUNDS = Number(process.env.STORE_KILLS ?? 200)

it(`no version is broken or lost in ${ROUNDS} deaths of the appliance`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platen-killed-'))
  const plan = { rounds: ROUNDS, dataDir: join(folder, 'data'), start: () => ApplianceProgram.start(folder), mostMs: 500 }
  try {
    const { acknowledged, left } = await killAgainAndAgain(plan)
    console.log(`${acknowledged} versions were acknowledged in ${ROUNDS} lives, ${left} of them are still there`)
    expect(acknowledged).toBeGreaterThan(ROUNDS / 2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
