import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSysfs } from '../../../src/winpe-agent/tools/sysfs.ts'
import { whoHolds } from '../../../src/winpe-agent/tools/who-holds.ts'

describe('who holds a disk', () => {
  let root: string
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'platen-holds-'))
    await put('sys/class/block/vda/dev', '254:0\n')
    await put('sys/class/block/vda/vda1/partition', '1\n')
    await put('sys/class/block/vda/vda2/partition', '2\n')
    await put('sys/class/block/vda1/dev', '254:1\n')
    await put('sys/class/block/vda2/dev', '254:2\n')
    await put('proc/1/comm', 'init\n')
    await put('proc/1/mountinfo', '22 1 0:5 / /proc rw - proc proc rw\n')
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const held = () => whoHolds('/dev/vda', openSysfs(root))

  it('nobody', () => expect(held()).toEqual([]))

  it('a mount of a partition, in another namespace, with a blank in its name', async () => {
    await put('proc/77/mountinfo', '40 22 254:1 / /mnt/a\\040b rw - ext4 /dev/vda1 rw\n')
    expect(held()).toEqual([{ what: '/dev/vda1 is mounted at /mnt/a b', stays: true }])
  })

  it('a Btrfs, which shows a device number of its own', async () => {
    await put('proc/77/mountinfo', '40 22 0:44 /@ /data rw master:1 - btrfs /dev/vda2 rw\n')
    expect(held()).toEqual([{ what: '/dev/vda2 is mounted at /data', stays: true }])
  })

  it('swap, and what is built on it', async () => {
    await put('proc/swaps', 'Filename\tType\n/dev/vda2\tpartition\t1\n')
    await mkdir(join(root, 'sys/class/block/vda1/holders/md0'), { recursive: true })
    expect(held().map(({ what }) => what)).toEqual(['/dev/vda1 is part of md0', '/dev/vda2 is used as swap'])
  })

  it('a program that has it open, which may be over in a moment', async () => {
    await put('proc/90/comm', 'blkid\n')
    await mkdir(join(root, 'proc/90/fd'), { recursive: true })
    await symlink('/dev/vda', join(root, 'proc/90/fd/3'))
    expect(held()).toEqual([{ what: '/dev/vda is open in blkid (process 90)', stays: false }])
  })
})
