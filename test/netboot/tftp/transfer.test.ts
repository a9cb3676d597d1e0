import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Transfer, type TransferCommand, type TransferTask } from '../../../src/netboot/tftp/transfer.ts'

const task = (more: Partial<TransferTask> = {}): TransferTask => ({
  sizeBytes: 5 * 512 + 10,
  blockSizeBytes: 512,
  windowBlocks: 1,
  timeoutMs: undefined,
  hasOptions: false,
  ...more,
})

const blocks = (command: TransferCommand) => (command.do === 'send-blocks' ? [command.first, command.last] : command.do)

describe('a transfer in lock-step', () => {
  it('sends a block for each ACK and ends with the last', () => {
    const transfer = new Transfer(task())
    expect(blocks(transfer.start(0))).toEqual([1, 1])
    for (let block = 1; block <= 5; block++) expect(blocks(transfer.onAck(block, block))).toEqual([block + 1, block + 1])
    expect(transfer.onAck(6, 9)).toEqual({ do: 'finish', isConfirmed: true })
  })

  it('does nothing for a doubled ACK (the sorcerer’s apprentice)', () => {
    const transfer = new Transfer(task())
    transfer.start(0)
    transfer.onAck(1, 1)
    expect(transfer.onAck(1, 2)).toEqual({ do: 'nothing' })
    expect(transfer.onAck(0, 2)).toEqual({ do: 'nothing' })
    expect(transfer.onAck(4, 2)).toEqual({ do: 'nothing' })
  })

  it('ends a file of whole blocks with an empty one, and an empty file with one', () => {
    expect(new Transfer(task({ sizeBytes: 1024 })).lastBlock).toBe(3)
    expect(new Transfer(task({ sizeBytes: 0 })).lastBlock).toBe(1)
  })

  it('repeats the block when the client is silent, later each time, and gives up', () => {
    const transfer = new Transfer(task())
    transfer.start(0)
    transfer.onAck(1, 1000)
    let now = 1000
    const waits: number[] = []
    for (;;) {
      waits.push(transfer.silentIn(now))
      now += transfer.silentIn(now)
      const command = transfer.onSilence(now)
      if (command.do === 'fail') {
        expect(command.isTold).toBe(true)
        break
      }
      expect(blocks(command)).toEqual([2, 2])
    }
    expect(waits.slice(0, 3)).toEqual([3000, 5000, 5000])
    expect(now).toBeGreaterThan(20_000)
    expect(transfer.resentBlocks).toBe(10)
  })

  it('learns how quick the client is', () => {
    const transfer = new Transfer(task({ sizeBytes: 512 * 100 }))
    transfer.start(0)
    for (let block = 1; block <= 50; block++) transfer.onAck(block, block)
    expect(transfer.silentIn(50)).toBe(100)
  })

  it('counts an unconfirmed end as an end: the last ACK may be the one that is lost', () => {
    const transfer = new Transfer(task({ sizeBytes: 520 }))
    transfer.start(0)
    transfer.onAck(1, 1)
    const commands = [1, 2, 3, 4, 5].map((turn) => transfer.onSilence(turn * 5000).do)
    expect(commands.at(-1)).toBe('finish')
  })
})

describe('a transfer whose client has acknowledged nothing', () => {
  /** What leaves until it ends, when nobody ever answers. */
  const unanswered = (transfer: Transfer) => {
    let now = 0
    let sent = 1
    transfer.start(0)
    for (;;) {
      now += transfer.silentIn(now)
      const command = transfer.onSilence(now)
      if (command.do === 'fail') return { sent, now, isTold: command.isTold }
      sent++
    }
  }

  it.each([
    { name: 'a block', hasOptions: false },
    { name: 'an OACK', hasOptions: true },
  ])('is sent $name twice, and then nothing more', ({ hasOptions }) => {
    expect(unanswered(new Transfer(task({ hasOptions })))).toMatchObject({ sent: 2, isTold: false })
    expect(unanswered(new Transfer(task({ sizeBytes: 10, hasOptions })))).toMatchObject({ sent: 2, isTold: false })
  })

  it('is answered once more when it repeats its request, and not when the network doubled it', () => {
    const transfer = new Transfer(task())
    transfer.start(0)
    expect(transfer.onRepeatedRequest(1)).toEqual({ do: 'nothing' })
    expect(blocks(transfer.onRepeatedRequest(800))).toEqual([1, 1])
    expect(transfer.onRepeatedRequest(801)).toEqual({ do: 'nothing' })
    expect(blocks(transfer.onAck(1, 802))).toEqual([2, 2])
    expect(transfer.onRepeatedRequest(5000)).toEqual({ do: 'nothing' })
  })
})

describe('a way that is too narrow', () => {
  it('goes on in fragments, from the block that was lost', () => {
    const transfer = new Transfer(task({ windowBlocks: 4, hasOptions: true, sizeBytes: 512 * 100 }))
    transfer.start(0)
    transfer.onAck(0, 1)
    expect(transfer.onPathTooNarrow(2)).toMatchObject({ do: 'send-blocks', first: 1, last: 1 })
    // The other datagrams of the window bring the same word.
    expect(transfer.onPathTooNarrow(2)).toEqual({ do: 'nothing' })
    expect(transfer.onAck(1, 3)).toMatchObject({ do: 'send-blocks', first: 2 })
  })

  it('is given up within seconds where fragments do not arrive, and the client is told', () => {
    const transfer = new Transfer(task({ hasOptions: true }))
    transfer.start(0)
    transfer.onAck(0, 1)
    transfer.onPathTooNarrow(2)
    let now = 2
    let command: TransferCommand = { do: 'nothing' }
    while (command.do !== 'fail') {
      now += transfer.silentIn(now)
      command = transfer.onSilence(now)
    }
    expect([now < 10_000, command.isTold, command.reason]).toEqual([true, true, expect.stringMatching(/smaller blocks/)])
  })
})

describe('a transfer in windows', () => {
  const windowed = (more: Partial<TransferTask> = {}) => {
    const transfer = new Transfer(task({ sizeBytes: 512 * 100, windowBlocks: 8, hasOptions: true, ...more }))
    expect(transfer.start(0)).toEqual({ do: 'send-options' })
    return transfer
  }

  it('sends a window for each ACK of a whole one', () => {
    const transfer = windowed()
    expect(blocks(transfer.onAck(0, 1))).toEqual([1, 8])
    expect(blocks(transfer.onAck(8, 2))).toEqual([9, 16])
  })

  it('goes back to the gap, in smaller bursts, and does so once for many repeated ACKs', () => {
    const transfer = windowed()
    transfer.onAck(0, 1)
    expect(transfer.onAck(3, 2)).toMatchObject({ do: 'send-blocks', first: 4, last: 7, pauseMs: expect.any(Number) })
    expect(transfer.onAck(3, 2)).toEqual({ do: 'nothing' })
    expect(transfer.onAck(3, 2)).toEqual({ do: 'nothing' })
    expect(blocks(transfer.resume(5))).toEqual([8, 11])
    expect(transfer.resume(6)).toEqual({ do: 'nothing' })
  })

  it('hears a repeated ACK as word of a gap right after it', () => {
    const transfer = windowed()
    transfer.onAck(0, 1)
    transfer.onAck(8, 2)
    expect(transfer.onAck(8, 3)).toMatchObject({ do: 'send-blocks', first: 9, last: 12 })
    expect(transfer.onAck(8, 3)).toEqual({ do: 'nothing' })
  })

  it('takes an ACK of the first sending after it has gone back for want of it', () => {
    const transfer = windowed()
    transfer.onAck(0, 1)
    transfer.onSilence(2000)
    expect(blocks(transfer.onSilence(4000))).toEqual([1, 1])
    expect(blocks(transfer.onAck(8, 4001))).toEqual([9, 10])
  })

  it('asks a silent client with one block where it is', () => {
    const transfer = windowed()
    transfer.onAck(0, 1)
    expect(blocks(transfer.onSilence(2000))).toEqual([8, 8])
    expect(blocks(transfer.onAck(5, 2001))).toEqual([6, 9])
  })

  it('repeats its answer to the options when the request is repeated, and not for want of an ACK', () => {
    const transfer = windowed()
    expect(transfer.silentIn(0)).toBe(6000)
    expect(transfer.onRepeatedRequest(1000)).toEqual({ do: 'send-options' })
    transfer.onAck(0, 1001)
    expect(transfer.onRepeatedRequest(1002)).toEqual({ do: 'nothing' })
  })

  it('goes on past block 65535', () => {
    const transfer = windowed({ sizeBytes: 512 * 70_000 })
    let acked = 0
    let command = transfer.onAck(0, 0)
    while (command.do === 'send-blocks') {
      acked = command.last
      command = transfer.onAck(acked & 0xffff, 1)
    }
    expect(command.do).toBe('finish')
    expect(acked).toBe(70_001)
    expect(transfer.resentBlocks).toBe(0)
  })
})

it('never has more than a window under way, and never skips a block, whatever arrives', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('ack' as const), block: fc.integer({ min: 0, max: 60 }) }),
    fc.record({ kind: fc.constantFrom('silence' as const, 'resume' as const), block: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(event, { maxLength: 60 }), (windowBlocks, events) => {
      const transfer = new Transfer(task({ sizeBytes: 512 * 40, windowBlocks }))
      let highest = 0
      let now = 0
      const check = (command: TransferCommand) => {
        if (command.do !== 'send-blocks') return
        expect(command.first).toBeLessThanOrEqual(highest + 1)
        expect(command.last).toBeLessThanOrEqual(transfer.ackedBytes / 512 + windowBlocks)
        expect(command.last).toBeLessThanOrEqual(transfer.lastBlock)
        highest = Math.max(highest, command.last)
      }
      check(transfer.start(now))
      for (const { kind, block } of events) {
        now += 7
        const command =
          kind === 'ack' ? transfer.onAck(block, now) : kind === 'resume' ? transfer.resume(now) : transfer.onSilence(now)
        if (command.do === 'finish' || command.do === 'fail') return
        check(command)
      }
    }),
  )
})
