import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/appliance/log.ts'

function written(format: 'auto' | 'json' | 'text', isTTY: boolean): string[] {
  const lines: string[] = []
  const log = createLog({ level: 'info', format }, { isTTY, write: (text: string) => lines.push(text) })
  log.child({ room: 'netboot' }).warn({ mac: '52:54:00:00:00:01' }, 'the pool is full')
  log.debug('not of interest')
  return lines
}

describe('createLog', () => {
  it.each([
    { format: 'json', isTTY: true },
    { format: 'auto', isTTY: false },
  ] as const)('writes objects for $format, terminal $isTTY', ({ format, isTTY }) => {
    const [line = '', ...others] = written(format, isTTY)
    expect(JSON.parse(line)).toMatchObject({ level: 40, room: 'netboot', mac: '52:54:00:00:00:01', msg: 'the pool is full' })
    expect(others).toEqual([])
  })

  it.each([
    { format: 'text', isTTY: false },
    { format: 'auto', isTTY: true },
  ] as const)('writes words for $format, terminal $isTTY', ({ format, isTTY }) => {
    expect(written(format, isTTY)).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d netboot {6}WARN the pool is full\n$/)])
  })

  it('brings the stack of an error', () => {
    const lines: string[] = []
    createLog({ level: 'info', format: 'text' }, { write: (text) => lines.push(text) }).error(
      { err: new Error('no room') },
      'failed',
    )
    expect(lines[0]).toMatch(/appliance {4}ERROR failed\nError: no room\n\s+at /)
  })
})
