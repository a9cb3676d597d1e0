// Format and setup on loop devices with the real tools: needs root.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FormatStep, SetupAction, SetupStep, Step } from '../../src/contract/steps.ts'
import type { Machine } from '../../src/winpe-agent/machine.ts'
import { formatPerformer } from '../../src/winpe-agent/steps/format.ts'
import { setupPerformer } from '../../src/winpe-agent/steps/setup.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { linuxTarget } from '../../src/winpe-agent/tools/linux-target.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { diskAt, inventoryWith, stepScene } from '../fakes/step-scene.ts'

const TABLE_ID = '5b3f9a3e-7f0d-4a7e-9d55-0d5a4c1f2b11'
const canRun = process.getuid?.() === 0 && existsSync('/dev/loop-control')

const formatStep = (change: Partial<FormatStep> = {}): FormatStep => ({
  kind: 'format',
  timeoutSeconds: 60,
  disk: { serial: 'platen-test' },
  eraseForeignData: false,
  knownTableIds: [],
  tableId: TABLE_ID,
  layout: {
    table: 'gpt',
    partitions: [
      { name: 'bios', type: 'bios-boot', sizeMiB: 1 },
      { name: 'esp', type: 'esp', sizeMiB: 40, label: 'esp' },
      { name: 'swap', type: 'swap', sizeMiB: 8 },
      { name: 'root-fs', type: 'linux', filesystem: 'ext4', label: 'tiny-root', mount: '/' },
    ],
  },
  ...change,
})

const setupStep = (actions: SetupAction[], variables = {}): SetupStep => ({
  kind: 'setup',
  timeoutSeconds: 60,
  actions,
  variables,
})
const capture: Step = {
  kind: 'capture',
  timeoutSeconds: 60,
  disk: { serial: 'platen-test' },
  imageName: 'tiny',
  includeUnknown: false,
}

function machineOn(disk: PartitionedDisk): Machine {
  return {
    disks: linuxDisks,
    target: linuxTarget(disk.directory),
    inventory: async () => inventoryWith([]),
    keepNetworkFirst: async () => undefined,
    startFromDiskNext: async () => undefined,
    restart: async () => undefined,
    powerOff: async () => undefined,
    loadKernel: async () => undefined,
    startKernel: async () => undefined,
  }
}

function sceneOn(disk: PartitionedDisk, steps: readonly Step[] = [formatStep(), capture]) {
  return stepScene([diskAt(disk.devicePath, disk.sizeBytes)], steps)
}

async function format(disk: PartitionedDisk, step = formatStep()) {
  const scene = sceneOn(disk, [step, capture])
  await formatPerformer(machineOn(disk))(step, scene.context)
  return scene
}

/** Mounts partition 4 for the time of a look. */
function look<T>(disk: PartitionedDisk, inspect: (root: string) => T): T {
  const root = join(disk.directory, 'look')
  mkdirSync(root, { recursive: true })
  run('mount', '-o', 'ro', `${disk.devicePath}p4`, root)
  try {
    return inspect(root)
  } finally {
    run('umount', root)
  }
}

/** Four folders of 300 files, 4 to 64 KiB each, all different. */
function archiveOfManyFiles(directory: string): Buffer {
  const root = join(directory, 'tree')
  for (let folder = 0; folder < 4; folder++) {
    mkdirSync(join(root, 'many', String(folder)), { recursive: true })
    for (let file = 0; file < 300; file++) {
      const content = Buffer.alloc(4096 * (1 + ((file * 7) % 16)), `${folder} ${file} `)
      writeFileSync(join(root, 'many', String(folder), String(file)), content)
    }
  }
  return execFileSync('tar', ['-C', root, '--sort=name', '--mtime=@0', '-c', '.'], { maxBuffer: 1 << 28 })
}

describe.skipIf(!canRun)('format', () => {
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

describe.skipIf(!canRun)('setup', () => {
  it('extracts, copies, fills templates and runs scripts beside and inside the image', async () => {
    using disk = new PartitionedDisk(160)
    await format(disk)
    const scene = sceneOn(disk)
    const archive = execFileSync(
      'sh',
      [
        '-c',
        `
      set -e; cd "$1"; mkdir -p tree/bin tree/etc tree/usr/lib; ln -s usr/lib tree/lib; ln -s usr/lib tree/lib64
      cp "$(command -v busybox)" tree/bin/busybox; ln -s busybox tree/bin/sh
      for library in $(ldd tree/bin/busybox | grep -o "/[^ ]*"); do cp -L --parents "$library" tree; done
      head -c 3000000 /dev/urandom > tree/usr/lib/blob; tar -C tree -c . | zstd -q -c`,
        'sh',
        disk.directory,
      ],
      { maxBuffer: 1 << 26 },
    )
    const { client } = scene
    const actions: SetupAction[] = [
      { extract: client.add('root.tar.zst', archive) },
      { copy: client.add('files/motd', 'hello\n'), to: '/etc/', mode: '0600' },
      { template: client.add('files/issue', 'This is {{name}} {{version}}\n'), to: '/lib/issue' },
      {
        script: client.add(
          'scripts/beside.sh',
          '#!/bin/sh\nset -e\ntest -b "$PLATEN_PART_ROOT_FS"\necho "beside $PLATEN_DISK $PLATEN_FIRMWARE"\necho "$PLATEN_VAR_NAME" > "$PLATEN_TARGET/etc/beside"\n',
        ),
      },
      {
        script: client.add(
          'scripts/inside.sh',
          'test -e /proc/self && test -e /dev/null && test -e /bin/busybox || exit 9\necho "inside $PLATEN_TARGET"\necho inside > /etc/inside\n',
        ),
        chroot: true,
      },
    ]
    const step = setupStep(actions, { name: 'tiny', version: '1' })
    await setupPerformer(machineOn(disk))(step, scene.context)

    expect(scene.lines).toContain(`beside ${disk.devicePath} bios`)
    expect(scene.lines).toContain('inside /')
    look(disk, (root) => {
      expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('hello\n')
      expect(statSync(join(root, 'etc/motd')).mode & 0o777).toBe(0o600)
      expect(readFileSync(join(root, 'usr/lib/issue'), 'utf8')).toBe('This is tiny 1\n')
      expect(readFileSync(join(root, 'etc/beside'), 'utf8')).toBe('tiny\n')
      expect(readFileSync(join(root, 'etc/inside'), 'utf8')).toBe('inside\n')
      expect(statSync(join(root, 'usr/lib/blob')).size).toBe(3_000_000)
      expect(existsSync(join(root, '.platen-files'))).toBe(false)
    })
    expect(run('fsck.ext4', '-fn', `${disk.devicePath}p4`)).toContain('tiny-root')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
  })

  it('lays out the next version like the one before, so that most chunks are shared', async () => {
    using first = new PartitionedDisk(160)
    using second = new PartitionedDisk(160)
    for (const [disk, version] of [
      [first, '1'],
      [second, '2'],
    ] as const) {
      await format(disk)
      const scene = sceneOn(disk)
      const actions: SetupAction[] = [
        { extract: scene.client.add('root.tar', archiveOfManyFiles(first.directory)) },
        { template: scene.client.add('issue', 'version {{version}}\n'), to: '/etc/issue' },
        { script: scene.client.add('more.sh', 'cp -r "$PLATEN_TARGET/many/1" "$PLATEN_TARGET/more"\n') },
      ]
      await setupPerformer(machineOn(disk))(setupStep(actions, { version }), scene.context)
    }
    const mebibyte = 1024 * 1024
    const [a, b] = [readFileSync(first.imagePath), readFileSync(second.imagePath)]
    const offsets = Array.from({ length: a.length / mebibyte }, (_, index) => index * mebibyte)
    const chunk = (image: Buffer, offset: number) => image.subarray(offset, offset + mebibyte)
    const used = offsets.filter((offset) => chunk(b, offset).some((byte) => byte !== 0))
    const differing = used.filter((offset) => !chunk(a, offset).equals(chunk(b, offset)))
    expect(used.length).toBeGreaterThan(40)
    expect(differing.length / used.length).toBeLessThan(0.3)
  })

  it('fails with the last lines of a script that fails, and unmounts', async () => {
    using disk = new PartitionedDisk(160)
    await format(disk)
    const scene = sceneOn(disk)
    const script = scene.client.add('scripts/broken.sh', '#!/bin/sh\necho working\necho "no space for cats" >&2\nexit 7\n')
    await expect(setupPerformer(machineOn(disk))(setupStep([{ script }]), scene.context)).rejects.toMatchObject({
      code: 'AGENT_SCRIPT_FAILED',
      message: 'broken.sh failed: exit code 7\nworking\nno space for cats',
    })
    expect(scene.lines).toContain('no space for cats')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
  })

  it('ends a script with its children when the job is stopped, and unmounts', async () => {
    using disk = new PartitionedDisk(160)
    await format(disk)
    const stop = new AbortController()
    const scene = stepScene([diskAt(disk.devicePath, disk.sizeBytes)], [formatStep(), capture], stop.signal)
    const script = scene.client.add(
      'endless.sh',
      'cd "$PLATEN_TARGET"\n(trap "" TERM; sleep 987 & wait) &\necho started\nsleep 987\n',
    )
    const context = { ...scene.context, log: (line: string) => line === 'started' && stop.abort(new Error('cancelled')) }
    await expect(setupPerformer(machineOn(disk))(setupStep([{ script }]), context)).rejects.toThrow('cancelled')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
  })
})
