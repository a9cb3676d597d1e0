// The whole line on virtual machines: a bare machine is imaged end to end, and put back to an earlier version.
import { expect, it } from 'vitest'
import { prepare } from './prepare.ts'
import { Rack } from './rack.ts'
import { WALK_PROFILES, walk } from './walk.ts'

const SILENT = { phase: () => {}, progress: () => {}, proven: () => {} }

it('images a bare machine, and puts it back to an earlier version', async () => {
  const { accelerator, ...places } = await prepare('tiny-linux', () => {})
  const rack = await Rack.create({ accelerator })
  try {
    const { report } = await walk({ rack, profile: WALK_PROFILES[0]!, ...places, listener: SILENT })
    expect(report.versions.map(({ version }) => version)).toEqual([1, 2])
    const [one, two] = report.versions
    expect(one!.contentDigest).not.toBe(two!.contentDigest)
    expect(report.claims.length).toBeGreaterThan(20)
  } catch (error) {
    rack.saveLogs()
    throw error
  } finally {
    await rack.close()
  }
})
