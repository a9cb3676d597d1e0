// Paths inside a version: links lead nowhere but into it.
import { describe, expect, it } from 'vitest'
import { FileTree } from '../../../src/library/image-files/file-tree.ts'
import { type FileEntry, ListingReader } from '../../../src/library/image-files/listing.ts'

const folder = (path: string): FileEntry => ({ path, kind: 'folder', sizeBytes: 0 })
const file = (path: string): FileEntry => ({ path, kind: 'file', sizeBytes: 1 })
const link = (path: string, target: string): FileEntry => ({ path, kind: 'link', sizeBytes: 1, target })

function tree(): FileTree {
  const made = new FileTree()
  const entries = [
    folder('usr'),
    folder('usr/bin'),
    file('usr/bin/dash'),
    link('bin', 'usr/bin'),
    link('usr/bin/sh', 'dash'),
    link('up', '../../../../usr'),
    link('absolute', '/usr/bin/dash'),
    link('loop', 'loop'),
    link('nowhere', '/etc/shadow'),
    file('../escaped'),
    file('a//b'),
    file('usr/./x'),
  ]
  for (const entry of entries) made.add(entry)
  return made
}

describe('a path', () => {
  it.each([
    ['/bin/sh', 'usr/bin/dash'],
    ['bin/../bin/sh', 'usr/bin/dash'],
    ['/up/bin/dash', 'usr/bin/dash'],
    ['absolute', 'usr/bin/dash'],
    ['/../../..', ''],
    ['', ''],
  ])('%j is %j', (path, found) => {
    expect(tree().find(path).path).toBe(found)
  })

  it.each(['loop', 'nowhere', 'escaped', '../escaped', 'usr/x', 'a/b', 'usr/bin/dash/x'])('%j is nothing', (path) => {
    expect(() => tree().find(path)).toThrow(/there is no/)
  })

  it('knows no difference between a and A where its filesystem does not', () => {
    const made = new FileTree({ isCaseless: true })
    for (const entry of [folder('ETC'), file('ETC/Fstab')]) made.add(entry)
    expect(made.find('/etc/FSTAB').path).toBe('ETC/Fstab')
    expect(made.list(made.find('/Etc'))).toHaveLength(1)
  })

  it('lists a folder by name, and a file as itself', () => {
    const made = tree()
    expect(made.list(made.find('/bin')).map(({ path }) => path)).toEqual(['usr/bin/dash', 'usr/bin/sh'])
    expect(made.list(made.find('/bin/sh')).map(({ path }) => path)).toEqual(['usr/bin/dash'])
  })
})

describe('a listing', () => {
  const text =
    'Path = etc\nFolder = +\nMode = drwxr-xr-x\n\nPath = etc/ä = b\nFolder = -\nSize = 12\nMode = -rw-------\nModified = 2026-12-01 01:41:30.123456789\n\nPath = [SYS]/Journal\nSize = 5\n'

  it.each([1, 2, 3, 7, 1000])('is the same in pieces of %i bytes', (sizeBytes) => {
    const found: FileEntry[] = []
    const reader = new ListingReader((entry) => found.push(entry))
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += sizeBytes) reader.add(bytes.subarray(at, at + sizeBytes))
    reader.end()
    expect(found).toEqual([
      { path: 'etc', kind: 'folder', sizeBytes: 0, rights: 'rwxr-xr-x' },
      { path: 'etc/ä = b', kind: 'file', sizeBytes: 12, rights: 'rw-------', modifiedAt: '2026-12-01T01:41:30Z' },
    ])
  })
})
