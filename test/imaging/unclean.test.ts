import { describe, expect, it } from 'vitest'
import { uncleanReason } from '../../src/imaging/unclean.ts'

function ext(state: number, incompat: number): Buffer {
  const head = Buffer.alloc(131_072)
  head.writeUInt16LE(state, 1024 + 0x3a)
  head.writeUInt32LE(incompat, 1024 + 0x60)
  return head
}

function btrfs(logRoot: bigint): Buffer {
  const head = Buffer.alloc(131_072)
  head.writeBigUInt64LE(logRoot, 65_536 + 96)
  return head
}

describe('a filesystem', () => {
  it.each([
    ['ext that was unmounted', 'ext', ext(1, 0x2c2), undefined],
    ['ext whose journal must be replayed', 'ext', ext(1, 0x2c6), /journal/],
    ['ext with errors', 'ext', ext(3, 0x2c2), /errors/],
    ['ext2 that was not unmounted', 'ext', ext(0, 2), /not unmounted/],
    ['btrfs that was unmounted', 'btrfs', btrfs(0n), undefined],
    ['btrfs whose log must be replayed', 'btrfs', btrfs(30_408_704n), /log/],
    ['one that keeps it elsewhere', 'xfs', ext(0, 4), undefined],
    ['one that is cut off', 'ext', Buffer.alloc(512), undefined],
  ] as const)('%s', (_, content, head, want) => {
    const reason = uncleanReason(content, head)
    if (want === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(want)
  })
})
