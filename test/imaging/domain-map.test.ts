import { describe, expect, it } from 'vitest'
import { parseDomainMap } from '../../src/imaging/domain-map.ts'

const HEAD =
  '# Domain logfile created by unset_name v0.3.23\n# Source: /dev/vda2\n# Offset: 0x00000000\n# current_pos  current_status\n'

describe('parseDomainMap', () => {
  it('takes the blocks in use, in order and joined', () => {
    const text = `${HEAD}0x04000000     ?\n#      pos        size  status\n0x00000000  0x00448400  +\n0x00448400  0x003B8000  ?\n0x00800400  0x00000400  +\n0x00800800  0x00000400  +\n`
    expect(parseDomainMap(text)).toEqual([
      { offset: 0, length: 0x448400 },
      { offset: 0x800400, length: 0x800 },
    ])
  })

  it('reads a position line with a pass number, as newer ddrescue writes', () => {
    expect(parseDomainMap(`${HEAD}0x00000000     +               1\n0x0 0x200 +\n`)).toEqual([{ offset: 0, length: 512 }])
  })

  it.each([
    ['nothing but comments', HEAD],
    ['a line of another kind', `${HEAD}0x0 0x200 +\nSyncing... OK!\n`],
    ['an empty file', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseDomainMap(text)).toThrow(expect.objectContaining({ code: 'AGENT_COMMAND_FAILED' }))
  })
})
