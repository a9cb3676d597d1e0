import { describe, expect, it } from 'vitest'
import { Allowance } from '../../../src/netboot/tftp/allowance.ts'
import { PathLimits } from '../../../src/netboot/tftp/path-limits.ts'
import { TransferPools } from '../../../src/netboot/tftp/pools.ts'

const member = (address: string, silences = 0) => ({ address, silences })
const pools = () => new TransferPools<ReturnType<typeof member>>({ maxTransfers: 3, maxTransfersPerClient: 2 })

describe('pools', () => {
  it('keep the newest half-open ones of an address', () => {
    const all = pools()
    const [first, second, third] = [member('a'), member('a'), member('a')]
    expect([all.open(first), all.open(second), all.open(third)]).toEqual([undefined, undefined, first])
    expect(all.all()).toEqual([second, third])
  })

  it('let the oldest of all go when there are many addresses', () => {
    const all = pools()
    const members = Array.from({ length: 300 }, (_, index) => member(`10.0.0.${index}`))
    const gone = members.map((one) => all.open(one)).filter((one) => one !== undefined)
    expect(gone).toEqual(members.slice(0, 44))
    expect(all.size).toBe(256)
  })

  it('never let a half-open one go for a transfer, or the other way round', () => {
    const all = pools()
    for (const address of ['a', 'b', 'c']) all.prove(member(address))
    for (let index = 0; index < 300; index++) all.open(member(`10.0.0.${index}`))
    expect(all.all().filter(({ address }) => 'abc'.includes(address))).toHaveLength(3)
  })

  it('refuse one too many of a client, and one too many of all unless somebody is silent', () => {
    const all = pools()
    const silent = member('b', 3)
    expect([all.prove(member('a')), all.prove(member('a'))]).toMatchObject([{ kind: 'admitted' }, { kind: 'admitted' }])
    expect([all.refusalOf('a'), all.prove(member('a'))]).toEqual(['busy-client', { kind: 'refused', reason: 'busy-client' }])
    expect(all.prove(silent)).toEqual({ kind: 'admitted', insteadOf: undefined })
    expect(all.prove(member('c'))).toEqual({ kind: 'admitted', insteadOf: silent })
    expect(all.prove(member('d'))).toEqual({ kind: 'refused', reason: 'busy' })
    expect(all.size).toBe(3)
  })
})

describe('an allowance', () => {
  it('gives so many at once and so many a second, to each address', () => {
    const allowance = new Allowance({ atOnce: 2, perSecond: 1 })
    expect([0, 0, 0, 999, 1001, 1002].map((now) => allowance.take('a', now))).toEqual([true, true, false, false, true, false])
    expect(allowance.take('b', 0)).toBe(true)
  })

  it('is whole again for whom it was given back to, and never more than whole', () => {
    const allowance = new Allowance({ atOnce: 1, perSecond: 0 })
    allowance.giveBack('a', 0)
    expect([allowance.take('a', 0), allowance.take('a', 0)]).toEqual([true, false])
    allowance.giveBack('a', 0)
    expect(allowance.take('a', 0)).toBe(true)
  })

  it('remembers only so many addresses', () => {
    const allowance = new Allowance({ atOnce: 1, perSecond: 0 })
    for (let index = 0; index <= 4096; index++) allowance.take(String(index), 0)
    expect([allowance.take('4096', 0), allowance.take('0', 0)]).toEqual([false, true])
  })
})

describe('what fits through', () => {
  const wide = () => new PathLimits(() => 1500)

  it('shrinks in two steps for the address alone, and for ten minutes', () => {
    const paths = wide()
    const limit = (now: number) => paths.maxBlockBytes('a', now)
    expect(limit(0)).toBe(Number.POSITIVE_INFINITY)
    paths.noteTooNarrow('a', 1468, 0)
    expect([limit(1), paths.maxBlockBytes('b', 1)]).toEqual([1248, Number.POSITIVE_INFINITY])
    paths.noteTooNarrow('a', 1248, 1)
    expect(limit(2)).toBe(512)
    paths.noteTooNarrow('a', 512, 2)
    expect([limit(600_000), limit(600_003)]).toEqual([512, Number.POSITIVE_INFINITY])
  })

  it.each([
    { mtu: 1420, blockBytes: 1388 },
    { mtu: 1280, blockBytes: 1248 },
    { mtu: 300, blockBytes: 512 },
    { mtu: 1500, blockBytes: Number.POSITIVE_INFINITY },
    { mtu: 65536, blockBytes: Number.POSITIVE_INFINITY },
    { mtu: Number.NaN, blockBytes: Number.POSITIVE_INFINITY },
  ])('is $blockBytes by an interface of $mtu', ({ mtu, blockBytes }) => {
    expect(new PathLimits(() => mtu).maxBlockBytes('a', 0)).toBe(blockBytes)
  })

  it('follows the interface when its MTU is set', () => {
    let mtu = 1500
    const paths = new PathLimits(() => mtu)
    expect(paths.maxBlockBytes('a', 0)).toBe(Number.POSITIVE_INFINITY)
    mtu = 1400
    expect(paths.maxBlockBytes('a', 20_000)).toBe(1368)
  })
})
