import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { buildInitrd, padInitrd } from '../../boot/initrd.ts'

it('holds the first init, modules in their order, the layers, and the console that the kernel opens', async () => {
  const layers = { node: Buffer.from('node'), modules: Buffer.from('modules'), system: Buffer.from('system') }
  const modules = [Buffer.from('a'), Buffer.from('b')]
  const initrd = await buildInitrd({ busybox: Buffer.from('box'), modules, identity: 'PLATEN_RECIPE=r\n', layers })
  const list = execFileSync('cpio', ['--quiet', '-itv'], { input: initrd }).toString()
  const lines = list.trim().split('\n')
  const found = lines.filter((line) => !line.startsWith('d')).map((line) => `${line.slice(0, 10)} ${line.split(' ').at(-1)}`)
  expect(found).toEqual([
    '-rwxr-xr-x bin/busybox',
    'crw------- dev/console',
    '-rw-r--r-- identity/recipe',
    '-rwxr-xr-x init',
    '-rw-r--r-- layers/modules.squashfs',
    '-rw-r--r-- layers/node.squashfs',
    '-rw-r--r-- layers/system.squashfs',
    '-rw-r--r-- modules/0.ko',
    '-rw-r--r-- modules/1.ko',
  ])
})

it.each([
  [[1], [1, 0, 0, 0]],
  [
    [2, 2, 2, 2],
    [2, 2, 2, 2],
  ],
  [
    [3, 3, 3, 3, 3, 3],
    [3, 3, 3, 3, 3, 3, 0, 0],
  ],
])('%j is followed by another initrd on a multiple of four bytes', (archive, padded) => {
  expect([...padInitrd(Uint8Array.from(archive))]).toEqual(padded)
})
