import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '../../src/appliance/load-config.ts'
import { findLocalAppliance, loadFolders } from '../../src/appliance/load-settings.ts'
import { ipv4 } from '../fakes/resolved-settings.ts'

const interfaces = { br0: ipv4('10.77.0.1') }
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'platen-config-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function load(text: string, flags: Record<string, string> = {}) {
  const file = join(dir, 'platen.yaml')
  writeFileSync(file, text)
  return loadConfig({ file, environment: {}, flags, interfaces })
}

it('reads YAML with its comments', () => {
  const config = load('# a rack\ninterface: br0\ndhcp:\n  dns: [10.0.0.53, 10.0.0.54]\n')
  expect(config).toMatchObject({ interfaces: [{ name: 'br0', subnets: [{ dnsServers: ['10.0.0.53', '10.0.0.54'] }] }] })
})

it.each([
  { name: 'the line of a slip in the YAML', text: 'interface: br0\ndhcp: [\n', says: 'line 3' },
  { name: 'a key that occurs twice', text: 'interface: br0\ninterface: br1\n', says: 'line 2' },
  { name: 'every problem, with key, example and source', text: 'interfaec: br0\nhttp: { port: none }\n', says: '3 problems' },
])('names $name', ({ text, says }) => {
  const error = expect.objectContaining({ code: 'APPLIANCE_CONFIG_INVALID', message: expect.stringContaining(says) })
  expect(() => load(text)).toThrowError(error)
})

it('says so when the file that was named is not there', () => {
  const sources = { file: join(dir, 'absent.yaml'), environment: {}, flags: {}, interfaces }
  expect(() => loadConfig(sources)).toThrowError(/--config cannot be read: ENOENT/)
})

it('finds the folders without an interface', () => {
  const folders = loadFolders({ file: undefined, environment: { PLATEN_DATA_DIR: '/srv/platen' }, flags: {} })
  expect(folders).toMatchObject({ dataDir: '/srv/platen', bootDir: '/srv/platen/boot' })
})

it.each([
  { environment: {}, want: { url: 'http://127.0.0.1:8080', tokenFile: '/var/lib/platen/secrets/operator-token' } },
  {
    environment: { PLATEN_HTTP_PORT: '81', PLATEN_HTTP_LISTEN: '10.0.0.1', PLATEN_DATA_DIR: '/srv' },
    want: { url: 'http://10.0.0.1:81', tokenFile: '/srv/secrets/operator-token' },
  },
])('finds the appliance of this machine: $want.url', ({ environment, want }) => {
  const file = join(dir, 'empty.yaml')
  writeFileSync(file, '')
  expect(findLocalAppliance({ file, environment, flags: {} })).toEqual(want)
})
