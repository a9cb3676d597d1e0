import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAgo, formatBytes, formatSeconds } from '../../src/cli/format.ts'
import { createOutput } from '../../src/cli/output.ts'
import { personaliseText } from '../../src/cli/personalise-words.ts'
import { barLine, plainLine } from '../../src/cli/progress-bar.ts'
import { table } from '../../src/cli/table.ts'

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [1536 * 1024 ** 2, '1.5 GiB'],
    [3 * 1024 ** 6, '3072.0 PiB'],
  ])('%d is %s', (bytes, want) => expect(formatBytes(bytes)).toBe(want))

  it('never says 1024 of a unit that has a next one', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(formatBytes(bytes)).not.toMatch(/^1024/)
      }),
    )
  })
})

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [3725, '1 h 2 min'],
  [90_000, '1 d 1 h'],
  [-5, '0 s'],
])('formatSeconds(%d) is %s', (seconds, want) => expect(formatSeconds(seconds)).toBe(want))

it('formatAgo does not speak of the future', () => {
  expect(formatAgo('2026-01-01T00:00:10.000Z', Date.parse('2026-01-01T00:00:00.000Z'))).toBe('now')
  expect(formatAgo('2026-01-01T00:00:00.000Z', Date.parse('2026-01-01T00:02:05.000Z'))).toBe('2 min 5 s ago')
})

describe('table', () => {
  it('lines columns up, numbers to the right, and leaves no space at the ends', () => {
    const rows = [
      ['NAME', 'SIZE', 'TAGS'],
      ['a', '7', ''],
      ['longer', '123', 'stable'],
    ]
    expect(table(rows, { right: [1] })).toBe('NAME    SIZE  TAGS\na          7\nlonger   123  stable')
  })
})

describe('progress', () => {
  const half = { percent: 50, text: 'reading', secondsLeft: 61 }

  it('draws a bar that fits the terminal', () => {
    expect(barLine(half, 80)).toBe('[############............]  50 %  reading, 1 min 1 s left')
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer({ min: 10, max: 300 }), (percent, columns) => {
        expect(barLine({ percent, text: 'x'.repeat(400) }, columns).length).toBeLessThan(columns)
      }),
    )
  })

  it('says a plain line only when there is something new', () => {
    expect(plainLine(half, undefined)).toBe(' 50 %  reading, 1 min 1 s left')
    expect(plainLine({ ...half, percent: 55 }, half)).toBeUndefined()
    expect(plainLine({ ...half, percent: 60 }, half)).toContain('60 %')
    expect(plainLine({ ...half, text: 'writing' }, half)).toContain('writing')
  })

  it('writes over its own line on a terminal, and clears it for what comes next', () => {
    const written: string[] = []
    const stream = { isTTY: true, columns: 80, write: (text: string | Uint8Array) => written.push(String(text)) }
    const out = createOutput(stream, stream)
    out.progress(half)
    out.progress({ ...half, percent: 60 })
    out.print('done')
    expect(written.every((text, index) => index === 3 || text.startsWith('\r\u001b[K'))).toBe(true)
    expect(written.at(-1)).toBe('done\n')
  })

  it('writes no control codes into a pipe', () => {
    const written: string[] = []
    const stream = { write: (text: string | Uint8Array) => written.push(String(text)) }
    const out = createOutput(stream, stream)
    for (let percent = 0; percent <= 100; percent++) out.progress({ percent, text: 'reading' })
    out.endProgress()
    expect(written).toHaveLength(11)
    expect(written.join('')).not.toContain('\u001b')
  })
})

it.each([
  [{}, 'hostname, machine-id, SSH host keys, platen-node'],
  [{ hostname: 'web', sshHostKeys: false, cloudInit: {} }, 'hostname web, machine-id, platen-node, cloud-init seed'],
  [{ hostname: false, machineId: false, sshHostKeys: false, platenNode: false } as const, 'nothing'],
  [false as const, 'nothing'],
])('a copy with %j gets %s', (wish, want) => expect(personaliseText(wish)).toBe(want))
