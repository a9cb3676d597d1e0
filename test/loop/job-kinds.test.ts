// Runs inside of a system and wipes, on loop devices: needs root. What is wiped is looked at through the file behind the device.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunStep } from '../../src/contract/run.ts'
import type { WipeMethod, WipeStep } from '../../src/contract/wipe.ts'
import { patternAt } from '../../src/imaging/wipe-samples.ts'
import { judgeWipe } from '../../src/orchestrator/job/judge-wipe.ts'
import { runPerformer } from '../../src/winpe-agent/steps/run.ts'
import { wipePerformer } from '../../src/winpe-agent/steps/wipe.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { linuxWipe } from '../../src/winpe-agent/tools/linux-wipe.ts'
import { machineOn } from '../fakes/format-scene.ts'
import { OutcomeClient } from '../fakes/outcome-client.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { makeSmallRoot, SMALL_ROOT_NEEDS } from '../fakes/small-root.ts'
import { diskAt, stepScene } from '../fakes/step-scene.ts'
import { LOOP_DEVICES, needs, ROOT } from '../needs.ts'

describe('a wipe', needs(ROOT, LOOP_DEVICES), () => {
  const seed = 'a'.repeat(64)

  async function wipe(disk: PartitionedDisk, change: Partial<WipeStep>) {
    const scene = stepScene([diskAt(disk.devicePath, disk.sizeBytes)], [])
    const client = new OutcomeClient()
    const step: WipeStep = {
      kind: 'wipe',
      timeoutSeconds: 60,
      disk: { serial: 'platen-test' },
      eraseForeignData: true,
      samples: 32,
      seed,
      ...change,
    }
    client.judge = (report) => {
      const judged = report.kind === 'wipe' ? judgeWipe(report.disks[0]!, step) : { kind: 'unproven' as const, reason: '' }
      return { isProven: judged.kind === 'proven', lines: 'reason' in judged ? [judged.reason] : [] }
    }
    await wipePerformer({ disks: linuxDisks, imaging: linuxImaging, wipe: linuxWipe })(step, { ...scene.context, client })
    return { lines: scene.lines, client }
  }

  it.each<WipeMethod | undefined>([undefined, 'overwrite'])('by %s leaves nothing of a filesystem', async (method) => {
    using disk = new PartitionedDisk(48)
    run('mkfs.ext4', '-q', '-F', '-L', 'before', disk.devicePath)
    await expect(wipe(disk, { eraseForeignData: false })).rejects.toMatchObject({ code: 'AGENT_DISK_HAS_DATA' })
    const { lines, client } = await wipe(disk, method === undefined ? {} : { method })
    expect(lines.join('\n')).toMatch(/it holds ext4 on/)
    expect(client.shown).toMatchObject([{ disks: [{ method: method ?? 'discard' }] }])
    const left = readFileSync(disk.imagePath)
    expect(left.equals(method === 'overwrite' ? patternAt(seed, 0, disk.sizeBytes) : Buffer.alloc(disk.sizeBytes))).toBe(true)
  })

  it('of a disk that is mounted is refused, and leaves it', async () => {
    using disk = new PartitionedDisk(48)
    run('mkfs.ext4', '-q', '-F', disk.devicePath)
    run('mkdir', `${disk.directory}/m`)
    run('mount', disk.devicePath, `${disk.directory}/m`)
    try {
      await expect(wipe(disk, {})).rejects.toMatchObject({ code: 'IMAGE_DISK_IN_USE' })
    } finally {
      run('umount', `${disk.directory}/m`)
    }
    run('e2fsck', '-fn', disk.devicePath)
  })
})

describe('a run inside of the system of the machine', needs(ROOT, LOOP_DEVICES, ...SMALL_ROOT_NEEDS), () => {
  let disk: PartitionedDisk
  beforeAll(() => {
    disk = new PartitionedDisk(256)
    run(
      'sh',
      '-ec',
      `printf 'label: gpt\\n,32M\\n,200M\\n' | sfdisk -q ${disk.devicePath}; partx --update --nr 1:8 ${disk.devicePath}`,
    )
    run('mkfs.ext4', '-q', '-F', `${disk.devicePath}p1`)
    run('mkfs.ext4', '-q', '-F', `${disk.devicePath}p2`)
    run('mkdir', `${disk.directory}/m`)
    run('mount', `${disk.devicePath}p2`, `${disk.directory}/m`)
    makeSmallRoot(`${disk.directory}/m`)
    run('umount', `${disk.directory}/m`)
  })
  afterAll(() => disk?.[Symbol.dispose]())

  it('finds the root among the partitions, keeps what the script does, and leaves nothing mounted or lying there', async () => {
    const scene = stepScene([diskAt(disk.devicePath, disk.sizeBytes)], [])
    const client = new OutcomeClient()
    const script = client.serve(
      'in.sh',
      'set -e; cat /etc/os-release > "$PLATEN_OUTPUT/release"; echo "at $PLATEN_TARGET" > /root/kept\n',
    )
    const step: RunStep = { kind: 'run', timeoutSeconds: 60, files: [script], scripts: ['in.sh'], inRoot: true, variables: {} }
    await runPerformer(machineOn(disk), linuxImaging)(step, { ...scene.context, client })
    expect(scene.lines).toContain(`the system of this machine is on ${disk.devicePath}p2`)
    expect(client.kept.get('release')).toBe('NAME=Small\n')
    expect(run('findmnt', '--raw', '--noheadings', '--output', 'SOURCE')).not.toContain(disk.devicePath)
    run('mount', `${disk.devicePath}p2`, `${disk.directory}/m`)
    try {
      expect(run('cat', `${disk.directory}/m/root/kept`)).toBe('at /\n')
      expect(run('ls', '-A', `${disk.directory}/m`)).not.toContain('.platen')
    } finally {
      run('umount', `${disk.directory}/m`)
    }
  })
})
