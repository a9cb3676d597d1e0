import { describe, expect, it } from 'vitest'
import { compareTrees, doubtfulFiles } from '../../../src/winpe-agent/image-file/compare-trees.ts'
import type { TreeEntry } from '../../../src/winpe-agent/image-file/walk-tree.ts'

const file = (sizeBytes: number, times = '1', more: Partial<TreeEntry> = {}): TreeEntry => ({
  kind: 'file',
  sizeBytes,
  mode: 0o100644,
  owner: '0:0',
  times,
  target: undefined,
  ...more,
})
const NONE: ReadonlySet<string> = new Set()

describe('two trees', () => {
  const before = new Map([
    ['gone', file(5)],
    ['grown', file(1)],
    ['same', file(3)],
    ['touched', file(4)],
    ['rewritten', file(4)],
    ['mode', file(2)],
    ['link', file(0, '1', { kind: 'link', target: 'a' })],
    ['folder', file(0, '1', { kind: 'directory' })],
  ])
  const after = new Map([
    ['grown', file(9, '2')],
    ['same', file(3)],
    ['touched', file(4, '2')],
    ['rewritten', file(4, '2')],
    ['mode', file(2, '2', { mode: 0o100755 })],
    ['link', file(0, '1', { kind: 'link', target: 'b' })],
    ['folder', file(0, '2', { kind: 'directory' })],
    ['new', file(7)],
  ])

  it('leave in doubt only files of equal facts and other times', () => {
    expect(doubtfulFiles(before, after)).toEqual(['touched', 'rewritten'])
  })

  it('differ in what was added, removed, grown, and in facts that people set; times alone are no change', () => {
    const changes = compareTrees(before, after, new Set(['rewritten']))
    expect(changes.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'removed gone',
      'changed grown',
      'changed link',
      'changed mode',
      'added new',
      'changed rewritten',
    ])
    expect(changes.find(({ path }) => path === 'grown')).toMatchObject({ sizeBefore: 1, sizeAfter: 9 })
  })

  it('that are the same have no changes', () => {
    expect(compareTrees(before, before, NONE)).toEqual([])
  })
})
