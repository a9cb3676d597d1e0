// What drives and their programs say: answers of nvme-cli, hdparm and smartctl as they come.
import { describe, expect, it } from 'vitest'
import { smartOf } from '../../../src/winpe-agent/tools/linux-hardware.ts'
import { sanitizeState } from '../../../src/winpe-agent/tools/linux-wipe.ts'
import { ataMethods, nvmeMethods } from '../../../src/winpe-agent/tools/wipe-abilities.ts'

it.each([
  [{ oacs: 0, fna: 0, sanicap: 0 }, []],
  [{ oacs: 0x12a, fna: 0, sanicap: 0 }, ['nvme-format']],
  [{ oacs: 0x17, fna: 0x4, sanicap: 0xa0000002 }, ['nvme-sanitize-block', 'nvme-format', 'nvme-format-crypto']],
  [{ oacs: 0x17, fna: 0x3, sanicap: 0x3 }, ['nvme-sanitize-block', 'nvme-sanitize-crypto', 'nvme-format']],
  [{ fna: 0x4 }, []],
])('nvme id-ctrl %j', (answer, methods) => {
  expect(nvmeMethods(JSON.stringify({ vid: 32902, ...answer })).methods).toEqual(methods)
})

const ata = (...lines: string[]) =>
  `ATA device, with non-removable media\n\tModel Number:       X\nCommands/features:\n\t   *\tSecurity Mode feature set\nSecurity: \n\tMaster password revision code = 65534\n${lines.map((line) => `\t${line}\n`).join('')}Logical Unit WWN Device Identifier: 5000\n`

describe('hdparm -I', () => {
  const open = ['\tsupported', 'not\tenabled', 'not\tlocked', 'not\tfrozen', 'not\texpired: security count']
  it.each([
    [
      'can do both',
      ata(...open, '\tsupported: enhanced erase', '2min for SECURITY ERASE UNIT.'),
      ['ata-secure-erase-enhanced', 'ata-secure-erase'],
      '',
    ],
    ['can do the plain one', ata(...open, 'not\tsupported: enhanced erase'), ['ata-secure-erase'], ''],
    ['is frozen', ata('\tsupported', 'not\tenabled', 'not\tlocked', '\tfrozen'), [], 'frozen'],
    ['has a password', ata('\tsupported', '\tenabled', '\tlocked', 'not\tfrozen'), [], 'password'],
    ['has no such commands', ata('not\tsupported'), [], 'not supported'],
    ['says nothing of it', 'ATA device\n', [], 'no security'],
  ])('of a drive that %s', (_, text, methods, note) => {
    const found = ataMethods(text)
    expect(found.methods).toEqual(methods)
    expect(found.notes.join()).toContain(note)
  })
})

it.each([
  [{ sprog: 65535, sstat: 0x101, scdw10: 2 }, 1],
  [{ nvme0: { sprog: 1200, sstat: 2 } }, 2],
  [{ '/dev/nvme0': { sprog: 65535, sstat: { status: 4, media_verification_canceled: 0 } } }, 4],
])('nvme sanitize-log %j', (answer, state) => expect(sanitizeState(JSON.stringify(answer))).toBe(state))

describe('smartctl --json', () => {
  it('of an NVMe drive', () => {
    const health = { critical_warning: 0, temperature: 35, percentage_used: 3, media_errors: 1 }
    const answer = {
      smart_status: { passed: true },
      nvme_smart_health_information_log: health,
      temperature: { current: 35 },
      power_on_time: { hours: 9 },
    }
    expect(smartOf(JSON.stringify(answer))).toEqual({
      passed: true,
      badSectors: 1,
      usedPercent: 3,
      celsius: 35,
      warning: 0,
      powerOnHours: 9,
    })
  })

  it('of an ATA drive', () => {
    const table = [
      { id: 5, raw: { value: 2 } },
      { id: 9, raw: { value: 77 } },
      { id: 197, raw: { value: 1 } },
    ]
    const answer = { smart_status: { passed: false }, ata_smart_attributes: { table } }
    expect(smartOf(JSON.stringify(answer))).toEqual({ passed: false, badSectors: 3 })
  })

  it.each(['', 'smartctl: not found', '{"smartctl":{"exit_status":1}}'])('that says nothing of a drive: %s', (text) => {
    expect(smartOf(text)).toBeUndefined()
  })
})
