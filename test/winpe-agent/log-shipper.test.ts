import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogLines } from '../../src/contract/agent-api.ts'
import { AppError } from '../../src/contract/errors.ts'
import { createLogShipper } from '../../src/winpe-agent/log-shipper.ts'
import type { OrchestratorClient } from '../../src/winpe-agent/orchestrator-client.ts'

type Fate = 'arrives' | 'is lost' | 'arrives, answer lost'

/** Repeats as the HTTP client does; the link decides by the list what becomes of each attempt. */
class LossyLink {
  readonly kept: string[]
  readonly posts: LogLines[] = []
  readonly #fates: Fate[]

  constructor(fates: readonly Fate[], already: readonly string[] = []) {
    this.#fates = [...fates]
    this.kept = [...already]
  }

  readonly client = { post: (_: string, body: LogLines) => this.#post(body) } as unknown as OrchestratorClient

  async #post(body: LogLines): Promise<null> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const fate = this.#fates.shift() ?? 'arrives'
      if (fate === 'is lost') continue
      this.posts.push(structuredClone(body))
      expect(body.firstLine).toBeLessThanOrEqual(this.kept.length)
      this.kept.push(...body.lines.slice(this.kept.length - body.firstLine))
      if (fate === 'arrives') return null
    }
  }
}

const shipper = (link: LossyLink, firstLine = 0, signal = new AbortController().signal) =>
  createLogShipper({ jobId: 'job', leaseId: 'lease', firstLine }, { client: link.client, signal, refused: () => undefined })

const fates = fc.array(fc.constantFrom<Fate>('arrives', 'is lost', 'arrives, answer lost'), { maxLength: 30 })
const bursts = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { maxLength: 10 })

describe('createLogShipper', () => {
  it('brings every line once and in order, whatever the link does', async () => {
    await fc.assert(
      fc.asyncProperty(fates, bursts, fc.nat(3), async (linkFates, lineBursts, alreadyCount) => {
        const already = Array.from({ length: alreadyCount }, (_, index) => `before ${index}`)
        const link = new LossyLink(linkFates, already)
        const { add, flush } = shipper(link, alreadyCount)
        const sent: string[] = []
        for (const [count, waits] of lineBursts) {
          for (let index = 0; index < count; index++) sent.push(`line ${sent.length}`)
          for (const line of sent.slice(sent.length - count)) add(line)
          if (waits) await new Promise((resolve) => setImmediate(resolve))
        }
        await flush()
        expect(link.kept).toEqual([...already, ...sent])
      }),
      { numRuns: 200 },
    )
  })

  it('keeps to the limits of the wire: lines of a batch, length of a line, size of a body', async () => {
    const link = new LossyLink([])
    const { add, flush } = shipper(link)
    for (let index = 0; index < 2500; index++) add('x')
    for (let index = 0; index < 100; index++) add('y'.repeat(7999))
    add('z'.repeat(20_000))
    await flush()
    expect(link.kept.slice(-3).map((line) => line.length)).toEqual([8000, 8000, 4000])
    for (const { lines } of link.posts) {
      expect(lines.length).toBeLessThanOrEqual(1000)
      expect(lines.join('').length).toBeLessThanOrEqual(140_000)
    }
  })

  it('takes colours and control characters out', async () => {
    const link = new LossyLink([])
    const { add, flush } = shipper(link)
    add('\u001b[1;31mred\u001b[0m\u0007\tbell\ud800')
    await flush()
    expect(link.kept).toEqual(['red \tbell\ufffd'])
  })

  it('gives up on lines, never on the job, when the appliance takes no more', async () => {
    const refusals: unknown[] = []
    const client = {
      post: () => Promise.reject(new AppError('JOB_LEASE_LOST', 'not yours', '')),
    } as unknown as OrchestratorClient
    const { add, flush } = createLogShipper(
      { jobId: 'job', leaseId: 'lease', firstLine: 0 },
      {
        client,
        signal: new AbortController().signal,
        refused: (error, count) => refusals.push([(error as AppError).code, count]),
      },
    )
    add('one')
    add('two')
    await flush()
    add('three')
    await flush()
    expect(refusals).toEqual([['JOB_LEASE_LOST', 2]])
  })
})
