import { describe, expect, it } from 'vitest'
import { parseDependencies, parsePackagesIndex } from '../../../boot/debian/packages-index.ts'
import { parseReleaseDigests } from '../../../boot/debian/suite.ts'

const INDEX = `Package: tool
Version: 1:2.0-1
Architecture: amd64
Pre-Depends: libc6 (>= 2.38)
Depends: base | base-small (<< 3),
 python3:any
Provides: tool-abi (= 2), old-tool
Description: a tool
 with: a colon in its text
Filename: pool/main/t/tool/tool_2.0-1_amd64.deb
Size: 1234
SHA256: ${'a'.repeat(64)}

Package: base
Version: 3
Filename: pool/main/b/base/base_3_all.deb
Size: 5
SHA256: ${'b'.repeat(64)}
`

describe('parsePackagesIndex', () => {
  it('reads what a build needs of each paragraph', () => {
    expect(parsePackagesIndex(INDEX)).toEqual([
      {
        name: 'tool',
        version: '1:2.0-1',
        path: 'pool/main/t/tool/tool_2.0-1_amd64.deb',
        digest: 'a'.repeat(64),
        sizeBytes: 1234,
        depends: [
          [{ name: 'libc6', relation: '>=', version: '2.38' }],
          [{ name: 'base' }, { name: 'base-small', relation: '<<', version: '3' }],
          [{ name: 'python3' }],
        ],
        provides: [{ name: 'tool-abi', relation: '=', version: '2' }, { name: 'old-tool' }],
      },
      {
        name: 'base',
        version: '3',
        path: 'pool/main/b/base/base_3_all.deb',
        digest: 'b'.repeat(64),
        sizeBytes: 5,
        depends: [],
        provides: [],
      },
    ])
  })

  it('reads an empty index', () => {
    expect(parsePackagesIndex('')).toEqual([])
  })
})

describe('parseDependencies', () => {
  it.each([
    ['', []],
    ['a', [[{ name: 'a' }]]],
    ['a(=1),b', [[{ name: 'a', relation: '=', version: '1' }], [{ name: 'b' }]]],
    ['libstdc++6 (>= 14)', [[{ name: 'libstdc++6', relation: '>=', version: '14' }]]],
  ])('%j', (field, want) => {
    expect(parseDependencies(field)).toEqual(want)
  })
})

describe('parseReleaseDigests', () => {
  it('takes the SHA256 section and no other', () => {
    const release = `Codename: trixie\nMD5Sum:\n 11 5 main/a\nSHA256:\n aa 5 main/a\n bb       12 main/b.xz\nAcquire-By-Hash: yes\n cc 1 main/c\n`
    expect([...parseReleaseDigests(release)]).toEqual([
      ['main/a', 'aa'],
      ['main/b.xz', 'bb'],
    ])
  })
})
