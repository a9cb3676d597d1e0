// The format step on loop devices with the real tools: needs root.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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
