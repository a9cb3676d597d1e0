import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { type Filter, throughFilter } from '../../../src/winpe-agent/tools/filter-process.ts'

const running = () => new AbortController().signal
const filter = (script: string): Filter => ({ tool: 'sh', args: ['-c', script], debianPackage: 'dash' })

async function* pieces(count: number, ended: { isEnded: boolean } = { isEnded: false }) {
  try {
    for (let index = 0; index < count; index++) yield Buffer.alloc(65_536, index)
  } finally {
    ended.isEnded = true
  }
}

async function lengthOf(stream: AsyncIterable<Buffer>): Promise<number> {
  let length = 0
  for await (const piece of stream) length += piece.length
  return length
}

describe('a stream through a program', () => {
  it('comes whole, also when it is much longer than any pipe', async () => {
    expect(await lengthOf(throughFilter(filter('cat'), pieces(400), running()))).toBe(400 * 65_536)
  })

  it('of a program that is not there names it and its package', async () => {
    const missing = { tool: 'no-such-program', args: [], debianPackage: 'its-package' }
    await expect(lengthOf(throughFilter(missing, pieces(400), running()))).rejects.toMatchObject({
      code: 'IMAGE_TOOL_MISSING',
      message: expect.stringContaining('no-such-program'),
      hint: expect.stringContaining('its-package'),
    })
  })

  it('of a program that fails says its own words, whatever came before', async () => {
    const failing = throughFilter(filter('head -c 100; echo broken >&2; exit 3'), pieces(400), running())
    await expect(lengthOf(failing)).rejects.toMatchObject({
      code: 'IMAGE_FILE_INVALID',
      message: expect.stringContaining('broken'),
    })
  })

  it('of a source that fails is the failure of the source', async () => {
    const broken = async function* () {
      yield Buffer.alloc(10)
      throw new AppError('IMAGE_FILE_INVALID', 'the source ends early', 'Copy it again.')
    }
    await expect(lengthOf(throughFilter(filter('cat'), broken(), running()))).rejects.toMatchObject({
      message: 'the source ends early',
    })
  })

  it('ends program and source when the reader has enough', async () => {
    const ended = { isEnded: false }
    for await (const piece of throughFilter(filter('cat; exec sleep 600'), pieces(4000, ended), running())) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    await expect.poll(() => ended.isEnded).toBe(true)
  })

  it('ends with the reason of an abort', async () => {
    const controller = new AbortController()
    const stream = throughFilter(filter('cat; exec sleep 600'), pieces(1), controller.signal)
    await stream.next()
    controller.abort(new Error('enough'))
    await expect(lengthOf(stream)).rejects.toThrow('enough')
  })
})
