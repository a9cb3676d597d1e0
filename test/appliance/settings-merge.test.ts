import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeSettings, type SettingsInput } from '../../src/appliance/settings-merge.ts'
import { SETTINGS } from '../../src/appliance/settings-table.ts'

const NOTHING: SettingsInput = { file: undefined, environment: {}, flags: {} }
const merge = (input: Partial<SettingsInput>) => mergeSettings({ ...NOTHING, ...input })
const inFile = (content: unknown) => ({ file: { name: 'platen.yaml', content } })

describe('mergeSettings', () => {
  it('fills what nobody said with defaults', () => {
    expect(merge({ flags: { interface: 'br0' } })).toMatchObject({
      kind: 'settings',
      settings: { interface: 'br0', http: { port: 8080 }, dhcp: { mode: 'server', leaseSeconds: 3600 }, log: { level: 'info' } },
    })
  })

  it.each([
    { name: 'the file alone', environment: {}, flags: {}, want: 1001 },
    { name: 'the environment over the file', environment: { PLATEN_HTTP_PORT: '1002' }, flags: {}, want: 1002 },
    {
      name: 'a flag over both',
      environment: { PLATEN_HTTP_PORT: '1002' },
      flags: { 'http-port': '1003' },
      want: 1003,
    },
  ])('takes $name', ({ environment, flags, want }) => {
    const merged = merge({ ...inFile({ interface: 'br0', http: { port: 1001 } }), environment, flags })
    expect(merged).toMatchObject({ settings: { http: { port: want } } })
  })

  it.each([
    {
      name: 'a missing interface',
      input: {},
      want: { key: 'interface', reason: 'is missing', example: 'br0' },
    },
    {
      name: 'a mistyped key',
      input: inFile({ interfase: 'br0' }),
      want: { source: 'platen.yaml', key: 'interfase', reason: 'is not a setting; the nearest one is interface' },
    },
    {
      name: 'a key one level too high',
      input: inFile({ leaseSeconds: 60 }),
      want: { key: 'leaseSeconds', reason: 'is not a setting; the nearest one is dhcp.leaseSeconds' },
    },
    {
      name: 'a mistyped key of a section',
      input: inFile({ dhcp: { rangeStrat: '10.0.0.1' } }),
      want: { key: 'dhcp.rangeStrat', reason: 'is not a setting; the nearest one is dhcp.rangeStart' },
    },
    {
      name: 'a value where a section belongs',
      input: inFile({ http: 8080 }),
      want: { key: 'http', reason: 'holds settings, not a value' },
    },
    {
      name: 'a mistyped variable',
      input: { environment: { PLATEN_HTTP_PROT: '80' } },
      want: { source: 'environment', key: 'PLATEN_HTTP_PROT', reason: expect.stringContaining('PLATEN_HTTP_PORT') },
    },
    {
      name: 'a port out of range',
      input: { flags: { 'http-port': '70000' } },
      want: { source: '--http-port', key: 'http.port', reason: 'is 70000, but wants a whole number from 1 to 65535' },
    },
    {
      name: 'a word for a number',
      input: { environment: { PLATEN_TFTP_PORT: 'sixty-nine' } },
      want: { source: 'PLATEN_TFTP_PORT', key: 'tftp.port', example: '69' },
    },
    {
      name: 'an unknown mode',
      input: { flags: { 'dhcp-mode': 'on' } },
      want: { key: 'dhcp.mode', reason: 'is "on", but wants one of server, proxy, off' },
    },
    {
      name: 'one bad name server',
      input: { flags: { 'dhcp-dns': '10.0.0.1,nonsense' } },
      want: { key: 'dhcp.dns', reason: expect.stringContaining('a list of IPv4 addresses') },
    },
    { name: 'a file that is a list', input: inFile(['br0']), want: { source: 'platen.yaml', key: '(whole file)' } },
  ])('names $name', ({ input, want }) => {
    const merged = merge(input as Partial<SettingsInput>)
    expect(merged.kind === 'problems' && merged.problems).toContainEqual(expect.objectContaining(want))
  })

  it('lists all problems at once', () => {
    const merged = merge({
      ...inFile({ dhcp: { mode: 'on', leaseSecond: 1 }, http: { port: 0 } }),
      environment: { PLATEN_NONSENSE: '1' },
    })
    const keys = merged.kind === 'problems' ? merged.problems.map((problem) => problem.key) : []
    expect(keys.toSorted()).toEqual(['PLATEN_NONSENSE', 'dhcp.leaseSecond', 'dhcp.mode', 'http.port', 'interface'])
  })

  it('leaves the variables of the command line and of others alone', () => {
    const environment = {
      PLATEN_URL: 'http://10.0.0.1:8080',
      PLATEN_TOKEN_FILE: '/x',
      PLATEN_DEBIAN_MIRROR: 'http://m',
      HOME: '/root',
    }
    expect(merge({ environment, flags: { interface: 'br0' } }).kind).toBe('settings')
  })

  it('takes an empty file as one without settings', () => {
    expect(merge({ ...inFile(null), flags: { interface: 'br0' } }).kind).toBe('settings')
  })

  it('answers any file with settings or problems, and never fails', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (content) => {
        expect(['settings', 'problems']).toContain(merge(inFile(content)).kind)
      }),
    )
  })

  it('takes every example of the schema, said as a flag, as a variable and in the file', () => {
    for (const setting of SETTINGS) {
      const base = { interface: 'br0' }
      const asFlag = merge({ flags: { ...base, [setting.flag]: setting.example } })
      const asVariable = merge({ environment: { PLATEN_INTERFACE: 'br0', [setting.variable]: setting.example } })
      if (asFlag.kind === 'problems' || asVariable.kind === 'problems') throw new Error(setting.key)
      expect(asFlag.settings, setting.key).toEqual(asVariable.settings)
      expect([asFlag.origins.get(setting.key), asVariable.origins.get(setting.key)]).toEqual([
        `--${setting.flag}`,
        setting.variable,
      ])
    }
  })
})
