// Small .deb files and tar archives, made by hand so that a test can make them wrong.
import { execFileSync } from 'node:child_process'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { encodeTarHeader, paddingAfter, TAR_END } from '../../src/imaging/tar-entries.ts'

export const CONTROL = `Package: hello
Version: 1:2.10-3
Architecture: amd64
Maintainer: Somebody <somebody@site.example>
Depends: libc6 (>= 2.36), mail-server | postal (<< 4), perl:any
Pre-Depends: dpkg (>= 1.17)
Conflicts: hello-traditional
Breaks: old-hello (< 1.0)
Provides: greeter (= 2.10)
Description: says hello
 and nothing
 .
 else
`

export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    return [encodeTarHeader(name, bytes.length), bytes, paddingAfter(bytes.length)]
  })
  return Buffer.concat([...parts, TAR_END])
}

export function arOf(members: readonly (readonly [name: string, content: string | Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`
    return [Buffer.from(header), bytes, Buffer.alloc(bytes.length % 2, '\n')]
  })
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}

export const PACKERS = {
  '': (bytes: Buffer) => bytes,
  '.gz': (bytes: Buffer) => gzipSync(bytes),
  '.zst': (bytes: Buffer) => zstdCompressSync(bytes),
  /** Needs xz. */
  '.xz': (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes }),
} as const

export function debOf(control = CONTROL, ending: keyof typeof PACKERS = '.gz'): Buffer {
  return arOf([
    ['debian-binary', '2.0\n'],
    [`control.tar${ending}`, PACKERS[ending](tarOf({ './md5sums': '', './control': control }))],
    ['data.tar', TAR_END],
  ])
}
