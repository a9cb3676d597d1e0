// The format step on loop devices with the real tools: needs root.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PartitionSpec } from '../../src/contract/partitions.ts'
import { formatPerformer } from '../../src/winpe-agent/steps/format.ts'
import { format, formatStep, machineOn, sceneOn, TABLE_ID } from '../fakes/format-scene.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { LOOP_DEVICES, needs, ROOT } from '../needs.ts'

describe('format', needs(ROOT, LOOP_DEVICES), () => {
  it('writes the table and the filesystems, and prints the plan before', async () => {
    using disk = new PartitionedDisk(160)
    const { lines } = await format(disk)

    const { partitiontable: table } = JSON.parse(run('sfdisk', '--json', disk.devicePath))
    expect(table.id.toLowerCase()).toBe(TABLE_ID)
    expect(
      table.partitions.map((partition: { name: string; start: number; size: number }) => [
        partition.name,
        partition.start,
        partition.size,
      ]),
    ).toEqual([
      ['bios', 2048, 2048],
      ['esp', 4096, 81_920],
      ['swap', 86_016, 16_384],
      ['root-fs', 102_400, 223_232],
    ])
    const kinds = [2, 3, 4].map((number) =>
      run('blkid', '-p', '-o', 'value', '-s', 'TYPE', `${disk.devicePath}p${number}`).trim(),
    )
    expect(kinds).toEqual(['vfat', 'swap', 'ext4'])
    expect(run('blkid', '-p', '-o', 'value', '-s', 'LABEL', `${disk.devicePath}p2`).trim()).toBe('ESP')
    const plan = lines.findIndex((line) => line.startsWith(`plan for ${disk.devicePath}: GPT`))
    expect(plan).toBeGreaterThan(-1)
    expect(lines[plan + 4]).toMatch(/4 root-fs: 109 MiB, sectors 102400 to 325631, ext4/)
  })

  it('makes the same bytes again for another build of the same image, but for the table', async () => {
    using first = new PartitionedDisk(160)
    using second = new PartitionedDisk(160)
    await format(first)
    await format(second, formatStep({ tableId: '00000000-aaaa-4bbb-8ccc-000000000001' }))
    const [a, b] = [readFileSync(first.imagePath), readFileSync(second.imagePath)]
    const mebibyte = 1024 * 1024
    expect(a.subarray(mebibyte, -mebibyte).equals(b.subarray(mebibyte, -mebibyte))).toBe(true)
    expect(a.equals(b)).toBe(false)
  })

  it('lays out what Windows and LVM need, with filesystems of theirs', async () => {
    using disk = new PartitionedDisk(400)
    const partitions: PartitionSpec[] = [
      { name: 'esp', type: 'esp', sizeMiB: 40 },
      { name: 'msr', type: 'msr', sizeMiB: 16 },
      { name: 'windows', type: 'windows', sizeMiB: 40, label: 'System' },
      { name: 'exchange', type: 'windows', filesystem: 'exfat', sizeMiB: 20, label: 'Exchange' },
      { name: 'data', type: 'linux', filesystem: 'btrfs', sizeMiB: 120, label: 'data' },
      { name: 'volumes', type: 'lvm', sizeMiB: 20 },
      { name: 'recovery', type: 'windows-recovery' },
    ]
    await format(disk, formatStep({ layout: { table: 'gpt', partitions } }))
    const { partitiontable: table } = JSON.parse(run('sfdisk', '--json', disk.devicePath))
    const rows = table.partitions.map(({ type, attrs = '' }: { type: string; attrs?: string }) => [type.toLowerCase(), attrs])
    expect(rows.slice(1)).toEqual([
      ['e3c9e316-0b5c-4db8-817d-f92df00215ae', 'GUID:63'],
      ['ebd0a0a2-b9e5-4433-87c0-68b6b72699c7', ''],
      ['ebd0a0a2-b9e5-4433-87c0-68b6b72699c7', ''],
      ['0fc63daf-8483-4772-8e79-3d69d8477de4', ''],
      ['e6d6d379-f507-44c2-a23c-238f2a3df928', ''],
      ['de94bba4-06d1-4d40-a16a-bfd50179d6ac', 'RequiredPartition GUID:63'],
    ])
    const tag = (number: number, name: string) => {
      const device = `${disk.devicePath}p${number}`
      return execFileSync('blkid', ['-p', '-o', 'value', '-s', name, device], { encoding: 'utf8' }).trim()
    }
    expect([3, 4, 5, 7].map((number) => `${tag(number, 'TYPE')} ${tag(number, 'UUID').length}`)).toEqual([
      'ntfs 16',
      'exfat 9',
      'btrfs 36',
      'ntfs 16',
    ])
    expect([3, 4, 5].map((number) => tag(number, 'LABEL'))).toEqual(['System', 'Exchange', 'data'])
    run('fsck.exfat', '-n', `${disk.devicePath}p4`)
    run('btrfs', 'check', '--readonly', `${disk.devicePath}p5`)
    run('ntfsfix', '--no-action', `${disk.devicePath}p3`)
  })

  it('leaves a disk with foreign data alone', async () => {
    using disk = new PartitionedDisk(160)
    run('mkfs.ext4', '-q', '-F', disk.devicePath)
    const before = readFileSync(disk.imagePath)
    await expect(format(disk)).rejects.toMatchObject({ code: 'AGENT_DISK_HAS_DATA', message: expect.stringContaining('ext4') })
    expect(readFileSync(disk.imagePath).equals(before)).toBe(true)

    await format(disk, formatStep({ eraseForeignData: true }))
    expect(JSON.parse(run('sfdisk', '--json', disk.devicePath)).partitiontable.partitions).toHaveLength(4)
  })

  it('goes over its own work again, also while it is mounted', async () => {
    using disk = new PartitionedDisk(160)
    await format(disk)
    await expect(format(disk)).rejects.toMatchObject({ code: 'AGENT_DISK_HAS_DATA' })
    const target = join(disk.directory, 'target')
    mkdirSync(target)
    run('mount', `${disk.devicePath}p4`, target)
    await format(disk, formatStep({ knownTableIds: [TABLE_ID.toUpperCase()] }))
  })

  it('refuses a layout that does not fit before it writes', async () => {
    using disk = new PartitionedDisk(40)
    await expect(format(disk)).rejects.toMatchObject({ code: 'AGENT_LAYOUT_DOES_NOT_FIT' })
    expect(readFileSync(disk.imagePath).every((byte) => byte === 0)).toBe(true)
  })

  it('runs a script that lays out the disk, and gives its table the id', async () => {
    using disk = new PartitionedDisk(64)
    const scene = sceneOn(disk)
    const script = scene.client.add(
      'scripts/lay-out.sh',
      'set -e\necho "id $PLATEN_TABLE_ID"\nprintf "label: gpt\\n,32M\\n" | sfdisk -q "$PLATEN_DISK"\n',
    )
    await formatPerformer(machineOn(disk))(
      formatStep({ layout: { script, mounts: [{ partition: 1, mount: '/' }] } }),
      scene.context,
    )
    expect(JSON.parse(run('sfdisk', '--json', disk.devicePath)).partitiontable.id.toLowerCase()).toBe(TABLE_ID)
    expect(scene.lines).toContain(`id ${TABLE_ID}`)
  })
})
