import { describe, expect, it } from 'vitest'
import { probeDifferences } from '../../src/imaging/probe-difference.ts'

const by = 'libblkid 2.38.1'
const said = (values: Record<string, string>, prober = by) => ({ by: prober, found: [{ number: 1, values }] })

describe('what the prober says of a copy', () => {
  it.each([
    ['the same', said({ TYPE: 'ext4', UUID: 'a' }), said({ TYPE: 'ext4', UUID: 'a' }), false, []],
    ['nothing, both times', said({}), said({}), false, []],
    [
      'another type',
      said({ TYPE: 'ext4' }),
      said({ TYPE: 'btrfs' }),
      false,
      [/partition 1 is TYPE=btrfs, at capture it was TYPE=ext4/],
    ],
    ['several things', said({ TYPE: 'ext4' }), said({ AMBIVALENT: 'yes' }), false, [/AMBIVALENT/]],
    ['something where nothing was', said({}), said({ TYPE: 'xfs' }), false, [/nothing that is known/]],
    ['nothing where something was', said({ TYPE: 'xfs' }), said({}), false, [/partition 1 is nothing/]],
    ['another table id', said({ PTUUID: 'a' }), said({ PTUUID: 'b' }), false, [/PTUUID=b/]],
    ['another table id that was asked for', said({ PTUUID: 'a' }), said({ PTUUID: 'b' }), true, []],
    [
      'a label that only a newer one knows',
      said({ TYPE: 'vfat' }),
      said({ TYPE: 'vfat', LABEL: 'x' }, 'libblkid 2.41'),
      false,
      [],
    ],
    ['another type, by a newer one', said({ TYPE: 'vfat' }), said({ TYPE: 'ntfs' }, 'libblkid 2.41'), false, [/TYPE=ntfs/]],
  ] as const)('%s', (_, probed, now, hasNewIds, wanted) => {
    const lines = probeDifferences({ probed, now, hasNewIds } as never)
    expect(lines).toHaveLength(wanted.length)
    for (const [index, pattern] of wanted.entries()) expect(lines[index]).toMatch(pattern)
  })
})
