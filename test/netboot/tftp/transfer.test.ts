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
    let now = 0
    const waits: number[] = []
    for (;;) {
      waits.push(transfer.silentIn(now))
      now += transfer.silentIn(now)
      const command = transfer.onSilence(now)
      if (command.do === 'fail') break
      expect(blocks(command)).toEqual([1, 1])
    }
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 5000])
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
    const transfer = new Transfer(task({ sizeBytes: 10 }))
    transfer.start(0)
    const commands = [1, 2, 3, 4, 5].map((turn) => transfer.onSilence(turn * 5000).do)
    expect(commands.at(-1)).toBe('finish')
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
