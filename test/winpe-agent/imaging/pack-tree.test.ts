// The archive of a trial's root: another program unpacks it to what it was made of, and its strange members are refused or left.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packTree } from '../../../src/winpe-agent/imaging/pack-tree.ts'
import { needs, program, ROOT } from '../../needs.ts'

let directory: string
let tree: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'platen-pack-'))
  tree = join(directory, 'tree')
  mkdirSync(tree)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function packed(added: Parameters<typeof packTree>[1] = []): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(packTree(tree, added)))
}

/** By cpio: names, types, modes, owners, links. */
function unpacked(archive: Buffer): string {
  const target = join(directory, 'target')
  mkdirSync(target)
  execFileSync('cpio', ['--quiet', '-i', '-d', '-m', '--no-absolute-filenames'], { cwd: target, input: archive })
  return target
}

const listing = (folder: string) =>
  execFileSync('find', ['.', '-mindepth', '1', '-printf', '%p %y %m %U:%G %n %l %TY\\n'], { cwd: folder })
    .toString()
    .split('\n')
    .sort()

describe('the archive of a tree', () => {
  it(
    'is what it was made of: modes, links of both kinds, devices, names that are no text',
    needs(ROOT, program('cpio')),
    async () => {
      mkdirSync(join(tree, 'dir/empty'), { recursive: true })
      writeFileSync(join(tree, 'dir/file'), Buffer.alloc(2_500_001, 'x'))
      chmodSync(join(tree, 'dir/file'), 0o4755)
      writeFileSync(join(tree, 'a'), 'both')
      linkSync(join(tree, 'a'), join(tree, 'dir/b'))
      symlinkSync('/etc/../dir', join(tree, 'link'))
      symlinkSync('nowhere', join(tree, 'broken'))
      writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe, 0x20, 0x0a])]), '')
      execFileSync('mknod', [join(tree, 'tty'), 'c', '4', '300'])
      execFileSync('mkfifo', [join(tree, 'pipe')])
      execFileSync('chown', ['1234:4321', join(tree, 'dir')])
      const target = unpacked(await packed())
      expect(listing(target)).toEqual(listing(tree))
      expect(execFileSync('diff', ['-r', '--no-dereference', join(tree, 'dir'), join(target, 'dir')]).toString()).toBe('')
      expect(statSync(join(target, 'tty')).rdev).toBe(statSync(join(tree, 'tty')).rdev)
    },
  )

  it('has what was added in the place of what was there', needs(program('cpio')), async () => {
    mkdirSync(join(tree, 'etc'))
    writeFileSync(join(tree, 'etc/fstab'), 'UUID=x / ext4')
    const added = [{ path: 'etc/fstab', mode: 0o644, content: Buffer.from('new') }]
    const target = join(directory, 'target')
    mkdirSync(target)
    execFileSync('cpio', ['--quiet', '-i', '-d', '-u'], { cwd: target, input: await packed(added) })
    expect(readFileSync(join(target, 'etc/fstab'), 'utf8')).toBe('new')
  })

  it('leaves out a socket', async () => {
    const server = createServer().listen(join(tree, 'socket'))
    await new Promise((done) => server.once('listening', done))
    expect((await packed()).includes('socket')).toBe(false)
    server.close()
  })

  it('refuses a file that has no place in it, before it reads it', async () => {
    writeFileSync(join(tree, 'large'), '')
    truncateSync(join(tree, 'large'), 2 ** 32)
    await expect(packed()).rejects.toThrow(/\/large has 4294967296 bytes/)
  })
})
