import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineSplitter } from '../../../src/winpe-agent/tools/line-splitter.ts'

function split(...pieces: (string | Uint8Array)[]): string[] {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const piece of pieces) splitter.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
  splitter.end()
  return lines
}

describe('lineSplitter', () => {
  it.each([
    { name: 'lines', pieces: ['a\nb\n'], want: ['a', 'b'] },
    { name: 'no end', pieces: ['a\nb'], want: ['a', 'b'] },
    { name: 'empty lines', pieces: ['\n\na\n'], want: ['', '', 'a'] },
    { name: 'DOS lines, cut between', pieces: ['a\r', '\nb\r\n'], want: ['a', 'b'] },
    { name: 'a progress bar', pieces: ['10%\r20%\r', '\r30%\n'], want: ['10%', '20%', '30%'] },
    { name: 'a character cut in two', pieces: [Uint8Array.of(0xc3), Uint8Array.of(0xa4, 0x0a)], want: ['ä'] },
  ])('$name', ({ pieces, want }) => {
    expect(split(...pieces)).toEqual(want)
  })

  it('gives the same lines however the bytes are cut', () => {
    const text = fc
      .array(fc.constantFrom('a', 'ä', '\n', '\r', '\r\n', 'bc', '😀'), { maxLength: 40 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
        const bytes = new TextEncoder().encode(whole)
        const points = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const pieces = points.slice(1).map((end, index) => bytes.subarray(points[index], end))
        expect(split(...pieces)).toEqual(split(bytes))
      }),
    )
  })
})
