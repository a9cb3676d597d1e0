// What the settings screen shows: each value with who said it.
import { describe, expect, it } from 'vitest'
import { settingsInForce } from '../../src/appliance/settings-in-force.ts'
import { mergeSettings } from '../../src/appliance/settings-merge.ts'
import { LISTS, SETTINGS } from '../../src/appliance/settings-table.ts'

function inForce() {
  const merged = mergeSettings({
    file: { name: '/etc/platen/platen.yaml', content: { interface: 'br0', http: { port: 1001 }, log: { level: 'debug' } } },
    environment: { PLATEN_HTTP_PORT: '1002', PLATEN_LOG_LEVEL: 'warn' },
    flags: { 'log-level': 'error' },
  })
  if (merged.kind === 'problems') throw new Error(JSON.stringify(merged.problems))
  return settingsInForce(merged.settings, merged.origins)
}

describe('settingsInForce', () => {
  it.each([
    { key: 'interface', value: 'br0', from: '/etc/platen/platen.yaml' },
    { key: 'http.port', value: 1002, from: 'PLATEN_HTTP_PORT' },
    { key: 'log.level', value: 'error', from: '--log-level' },
    { key: 'dhcp.leaseSeconds', value: 3600, from: 'default' },
  ])('$key is said by $from', ({ key, value, from }) => {
    expect(inForce().find((each) => each.key === key)).toMatchObject({ value, from })
  })

  it('names every setting there is once', () => {
    expect(inForce().map(({ key }) => key)).toEqual([...SETTINGS, ...LISTS].map(({ key }) => key))
  })
})
