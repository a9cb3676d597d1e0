// The setup step on a disk that was formatted before, with the real tools: needs root.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SetupAction, SetupStep } from '../../src/contract/steps.ts'
import { setupPerformer } from '../../src/winpe-agent/steps/setup.ts'
import { format, machineOn, sceneOn } from '../fakes/format-scene.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { LOOP_DEVICES, needs, ROOT } from '../needs.ts'

const setupStep = (actions: SetupAction[], variables = {}): SetupStep => ({
  kind: 'setup',
  timeoutSeconds: 60,
  actions,
  variables,
})

describe('setup', needs(ROOT, LOOP_DEVICES), () => {
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
    const scene = sceneOn(disk, { signal: stop.signal })
    const script = scene.client.add(
      'endless.sh',
      'cd "$PLATEN_TARGET"\n(trap "" TERM; sleep 987 & wait) &\necho started\nsleep 987\n',
    )
    const context = { ...scene.context, log: (line: string) => line === 'started' && stop.abort(new Error('cancelled')) }
    await expect(setupPerformer(machineOn(disk))(setupStep([{ script }]), context)).rejects.toThrow('cancelled')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
  })
})

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
