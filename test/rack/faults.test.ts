// What must not happen, on a machine: a disk with somebody's data on it is written to, or a job is lost with its appliance.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { type BuildScene, buildScene } from './build-scene.ts'
import { usedBlocksDigest } from './disk-digest.ts'
import { run } from './owned-process.ts'
import { smallMachine } from './small-machine.ts'

describe('a machine whose disk holds foreign data', () => {
  let scene: BuildScene

  beforeAll(async () => {
    scene = await buildScene(smallMachine({ label: 'c', number: '000c', firmware: 'bios' }))
    await run('mkfs.ext4', ['-q', '-F', '-L', 'holiday-photos', scene.machine.diskFile()])
  })

  afterAll(() => scene?.rack.close())

  it('is refused, and not a byte of it is changed', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { operator, machine } = scene
    const before = await digestOf(machine.diskFile())
    await machine.powerOn()
    const { id } = await operator.nodeWith(machine.spec.mac, 240_000)
    await operator.order('node', 'approve', id, '--name', machine.spec.name)
    const posted = await operator.addJob('build', '--profile', 'tiny-linux', '--node', machine.spec.name, '--max-attempts', '1')
    const job = await operator.ended(posted.id, 120_000)
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'AGENT_DISK_HAS_DATA' } })
    expect(job.failure?.message).toContain('ext4')
    await machine.powerOff()
    expect(await digestOf(machine.diskFile())).toBe(before)
  })

  it('is built on with consent, though the appliance is killed in mid-capture', async () => {
    onTestFailed(() => scene.rack.saveLogs())
    const { appliance, operator, machine } = scene
    const posted = await operator.addJob('build', '--profile', 'tiny-linux', '--node', machine.spec.name, '--erase-foreign-data')
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
