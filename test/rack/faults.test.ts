// What must not happen, on a machine: a disk with somebody's data on it is written to, or a job is lost with its appliance.
import { createHash } from 'node:crypto'
import { cpSync, createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { ApplianceProcess } from './appliance-process.ts'
import { usedBlocksDigest } from './disk-digest.ts'
import type { Machine } from './machine.ts'
import { Operator } from './operator.ts'
import { run } from './owned-process.ts'
import { prepare } from './prepare.ts'
import { Rack } from './rack.ts'

const LOGS = join(import.meta.dirname, '../../.cache/rack/last-failure')
const NODE = 'node-c'

describe('a machine whose disk holds foreign data', () => {
  let rack: Rack
  let appliance: ApplianceProcess
  let operator: Operator
  let machine: Machine

  beforeAll(async () => {
    const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
    rack = await Rack.create({ accelerator })
    const profilesDir = join(rack.directory, 'profiles')
    cpSync(profileDir, join(profilesDir, 'tiny-linux'), { recursive: true })
    appliance = rack.adopt(
      await ApplianceProcess.start({ namespace: rack.namespace, directory: rack.directory, profilesDir, bootDir }),
    )
    operator = new Operator(appliance)
    machine = await rack.addMachine({
      name: NODE,
      firmware: 'bios',
      mac: '52:54:00:77:00:0c',
      systemUuid: '7a0c1d52-3f64-4b8e-9c11-52540077000c',
      serialNumber: 'RACK-C',
      disks: [{ serial: 'DISK-C', sizeBytes: 1024 ** 3 }],
      memoryMiB: 1536,
      cpus: 1,
      bootOrder: 'network-then-disk',
    })
    await run('mkfs.ext4', ['-q', '-F', '-L', 'holiday-photos', machine.diskFile()])
  })

  afterAll(() => rack?.close())

  it('is refused, and not a byte of it is changed', async () => {
    onTestFailed(() => rack.saveLogs(LOGS))
    const before = await digestOf(machine.diskFile())
    await machine.powerOn()
    const { id } = await operator.nodeWith(machine.spec.mac, 240_000)
    await operator.order('node', 'approve', id, '--name', NODE)
    const posted = await operator.addJob('build', '--profile', 'tiny-linux', '--node', NODE, '--max-attempts', '1')
    const job = await operator.ended(posted.id, 120_000)
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'AGENT_DISK_HAS_DATA' } })
    expect(job.failure?.message).toContain('ext4')
    await machine.powerOff()
    expect(await digestOf(machine.diskFile())).toBe(before)
  })

  it('is built on with consent, though the appliance is killed in mid-capture', async () => {
    onTestFailed(() => rack.saveLogs(LOGS))
    const posted = await operator.addJob('build', '--profile', 'tiny-linux', '--node', NODE, '--erase-foreign-data')
    await machine.powerOn()
    await machine.holdAtReboot()
    await operator.reaches(posted.id, ({ status }) => status.majorState === 'capture', 400_000)
    await appliance.crash()
    await appliance.start()
    const job = await operator.succeeded(posted.id, 400_000)
    const [version] = (await operator.api.images())[0]!.versions
    expect(version).toMatchObject({ imageName: 'tiny-linux', version: 1, jobId: job.id })
    await machine.waitForPowerOff(60_000)
    expect(usedBlocksDigest(appliance.dataDir, version!.manifestDigest, machine.diskFile())).toBe(version!.contentDigest)
  })
})

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 4 * 1024 ** 2 }), hash)
  return hash.digest('hex')
}
