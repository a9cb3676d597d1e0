// The schemas of profile.yaml, package.yaml and boot.yaml: the copies in docs, what an appliance serves, and the examples agree.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Appliance } from '../../src/appliance/wire.ts'
import { Profile } from '../../src/contract/profile.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'

let dir: string
let appliance: Appliance
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'platen-schema-'))
  appliance = await smallAppliance(dir)
})
afterAll(async () => {
  await appliance.stop()
  rmSync(dir, { recursive: true })
})

const examples = readdirSync('profiles').filter((name) => existsSync(join('profiles', name, 'profile.yaml')))

it.each(['profile', 'package', 'boot', 'central'])('docs/%s.schema.json is what an appliance serves', async (name) => {
  const { body, headers } = await appliance.app.inject(`/${name}.schema.json`)
  expect(headers['content-type']).toContain('application/schema+json')
  await expect(`${body}\n`).toMatchFileSnapshot(`../../docs/${name}.schema.json`)
})

it.each(examples)('profiles/%s is valid', (name) => {
  const content: unknown = parse(readFileSync(join('profiles', name, 'profile.yaml'), 'utf8'))
  expect(Value.Errors(Profile, content)).toEqual([])
  expect((content as Profile).name).toBe(name)
})
