// The unit that people install: as closed as systemd measures it, and without root.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { needs, program } from '../needs.ts'

const UNITS = join(import.meta.dirname, '../../setup/systemd')
const SERVICE = join(UNITS, 'platen.service')
/** Tenths: 2.0 of 10. */
const MOST_EXPOSURE = 20

it(`is exposed to ${MOST_EXPOSURE / 10} of 10 at most`, needs(program('systemd-analyze')), () => {
  const words = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`, '--no-pager', SERVICE]
  const { status, stdout } = spawnSync('systemd-analyze', words, { encoding: 'utf8' })
  expect(stdout).toMatch(/Overall exposure level for platen\.service: \d\.\d/)
  expect({ status, exposure: /exposure level.*$/m.exec(stdout)?.[0] }).toMatchObject({ status: 0 })
})

it('starts as an account of its own, with the right to low ports and no other', () => {
  const unit = readFileSync(SERVICE, 'utf8')
  const valuesOf = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value)
  expect(valuesOf('User')).toEqual(['platen'])
  for (const key of ['AmbientCapabilities', 'CapabilityBoundingSet']) expect(valuesOf(key), key).toEqual(['CAP_NET_BIND_SERVICE'])
  expect(valuesOf('NoNewPrivileges')).toEqual(['yes'])
})
