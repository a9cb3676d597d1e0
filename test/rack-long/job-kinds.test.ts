// Jobs that work on a machine rather than on an image: scripts in the boot OS and inside of its system, a check of its hardware, and disks that are
// wiped, on a machine with a virtio and an NVMe disk. What was wiped is looked at from outside of the machine as well.
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import type { JobView } from '../../src/contract/job.ts'
import type { SignedWipeCertificate } from '../../src/contract/wipe.ts'
import { type BuildScene, buildScene } from '../rack/build-scene.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 420_000
const JOB_MS = 600_000
const SECRET = 'what nobody may read again'

describe('a machine with a virtio and an NVMe disk', () => {
  let scene: BuildScene
  let folder: string
  let name: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'platen-kinds-'))
    const spec = smallMachine({ label: 'k', number: '0612', firmware: 'bios' })
    const disks = [...spec.disks, { serial: 'NVME-K', sizeBytes: 128 * 1024 ** 2, bus: 'nvme' as const }]
    scene = await buildScene({ ...spec, disks })
    const { machine, operator } = scene
    writeFileSync(machine.diskFile(1), Buffer.alloc(disks[1]!.sizeBytes, SECRET))
    await machine.powerOn()
    const node = await operator.nodeWith(spec.mac, BOOT_MS)
    name = spec.name
    await operator.order('node', 'approve', node.id, '--name', name)
    const words = ['--profile', 'tiny-linux', '--node', name, '--when-done', 'stay', '--disk-serial', 'DISK-K']
    const build = await operator.addJob('build', ...words)
    await operator.succeeded(build.id, JOB_MS)
  })

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await scene?.rack.close()
  })

  /** One job of the command line on this machine, to its end. */
  async function order(...words: string[]): Promise<JobView> {
    onTestFailed(() => scene.rack.saveLogs())
    const [job] = (await scene.operator.order(...words, '--when-done', 'stay')) as JobView[]
    return scene.operator.ended(job!.id, JOB_MS)
  }

  it('runs a folder of scripts in the boot OS, in order, and keeps what they print and leave', async () => {
    const scripts = join(folder, 'scripts')
    await writeAll(scripts, {
      '10-look.sh': '#!/bin/sh\necho "on $PLATEN_ARCHITECTURE with $(cat "$PLATEN_FILES/data/word")"\n',
      '20-leave.sh': '#!/bin/sh\nuname -r > "$PLATEN_OUTPUT/kernel"\n',
      'data/word': 'a word',
    })
    const job = await order('run', name, scripts)
    expect(job).toMatchObject({ state: 'succeeded', outcome: { kind: 'run', scripts: [{ exitCode: 0 }, { exitCode: 0 }] } })
    const text = async (file: string) => Buffer.from(await scene.operator.api.jobFile(job.id, file)).toString()
    expect(await text('10-look.sh.txt')).toBe('on x64 with a word\n')
    expect(await text('kernel')).toMatch(/^6\./)
  })

  it('runs a script inside of its own system, which keeps what it does', async () => {
    // The smallest Linux does not say which it is; a system is known by that it does.
    const mark =
      'set -e\nmkdir -p /tmp/m\nmount /dev/vda3 /tmp/m\nmkdir -p /tmp/m/etc\necho NAME=Tiny > /tmp/m/etc/os-release\numount /tmp/m\n'
    await writeAll(folder, { 'mark.sh': mark })
    expect(await order('run', name, join(folder, 'mark.sh'))).toMatchObject({ state: 'succeeded' })
    await writeAll(folder, { 'inside.sh': 'set -e\n[ "$PLATEN_TARGET" = / ]\necho kept > /kept-by-run\ncat /kept-by-run\n' })
    expect(await order('run', name, join(folder, 'inside.sh'), '--in-root')).toMatchObject({ state: 'succeeded' })
    await writeAll(folder, { 'again.sh': 'grep -q kept /kept-by-run || exit 7\nexit 3\n' })
    const job = await order('run', name, join(folder, 'again.sh'), '--in-root')
    expect(job).toMatchObject({
      state: 'failed',
      failure: { code: 'AGENT_SCRIPT_FAILED' },
      outcome: { scripts: [{ exitCode: 3 }] },
    })
  })

  it('measures its hardware, and the node keeps the report', async () => {
    const short = ['--memory-seconds', '20', '--processor-seconds', '5', '--disk-seconds', '5', '--network-seconds', '3']
    const job = await order('check', name, ...short)
    expect([job.state, job.failure]).toEqual(['succeeded', undefined])
    const { hardware } = await scene.operator.nodeWith(scene.machine.spec.mac, 1000)
    expect(hardware).toMatchObject({ jobId: job.id, verdict: 'good' })
    expect(hardware!.items.map(({ item, verdict }) => `${item} ${verdict}`).sort()).toEqual([
      'disk good',
      'disk good',
      'memory good',
      'network good',
      'processor good',
    ])
    const nvme = hardware!.items.find(({ name: disk }) => disk?.includes('NVME-K'))
    expect(nvme?.measures).toMatchObject({ smart: { passed: true, warning: 0 }, isWhole: true, badReads: 0 })
  })

  it('wipes no disk that holds something without consent, and both with it: proven, certified, empty from outside', async () => {
    const hints = { disk: { serial: 'NVME-K' }, moreDisks: [{ serial: 'DISK-K' }] }
    const { id } = await scene.operator.api.addJob({ kind: 'wipe', node: name, ...hints, whenDone: 'stay' })
    const refused = await scene.operator.ended(id, JOB_MS)
    expect(refused).toMatchObject({ state: 'failed', failure: { code: 'AGENT_DISK_HAS_DATA' } })

    const job = await order('wipe', name, '--disk', 'NVME-K', '--disk', 'DISK-K', '--erase-foreign-data')
    expect([job.state, job.failure?.message]).toEqual(['succeeded', undefined])
    expect(job.outcome).toMatchObject({
      disks: [
        { method: 'nvme-format', certificate: 'certificate-NVME-K.json' },
        { method: 'discard', certificate: 'certificate-DISK-K.json' },
      ],
    })
    const file = join(folder, 'certificate.json')
    writeFileSync(file, await scene.operator.api.jobFile(job.id, 'certificate-NVME-K.json'))
    expect(await scene.operator.order('wipe', 'verify', file)).toMatchObject({
      certificate: { disk: { serial: 'NVME-K' }, samples: { found: 'zeros' } },
    })
    const signed = JSON.parse(readFileSync(file, 'utf8')) as SignedWipeCertificate
    signed.certificate.disk.serial = 'ANOTHER'
    writeFileSync(file, JSON.stringify(signed))
    await expect(scene.operator.order('wipe', 'verify', file)).rejects.toThrow(/did not sign the certificate/)
    expect((await scene.operator.nodeWith(scene.machine.spec.mac, 1000)).installed).toBeUndefined()

    await scene.machine.powerOff()
    for (const index of [0, 1]) expect(await nonZeroBytesOf(scene.machine.diskFile(index)), `disk ${index}`).toBe(0)
  })
})

async function writeAll(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises')
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, text)
  }
}

async function nonZeroBytesOf(file: string): Promise<number> {
  let count = 0
  const zeros = Buffer.alloc(1 << 20)
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    if (!part.equals(zeros.subarray(0, part.length))) count += part.filter((byte) => byte !== 0).length
  return count
}
