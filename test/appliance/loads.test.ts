// The program as Node itself loads it: a test runner finds names in packages of the older kind that Node does not.
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

it.each(['src/appliance/wire.ts', 'src/cli/commands.ts', 'src/winpe-agent/start.ts'])('%s loads', { timeout: 60_000 }, (path) => {
  const code = `await import(${JSON.stringify(`${process.cwd()}/${path}`)}); console.log('loaded')`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
  expect(said).toBe('loaded\n')
})
