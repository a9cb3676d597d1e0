// A machine tries a version: it runs in memory with its own kernel, the disk stays as it was to the last byte, and the next boot is the old one.
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { expect, it, onTestFailed } from 'vitest'
import { buildScene } from '../rack/build-scene.ts'
import { smallMachine } from '../rack/small-machine.ts'

const BOOT_MS = 420_000
const JOB_MS = 900_000

it('runs a version in memory, writes nothing to the disk, and is what it was after a restart', async () => {
  const spec = smallMachine({ label: 't', number: '0120', firmware: 'uefi' })
  const { rack, operator, machine } = await buildScene(spec, 'nbd: { isOn: true }\n')
  onTestFailed(() => rack.saveLogs())
  try {
    await machine.powerOn()
    const node = await operator.nodeWith(spec.mac, BOOT_MS)
    await operator.order('node', 'approve', node.id, '--name', spec.name)
    for (const version of ['1', '2']) {
      if (version === '2') await secondVersion(join(rack.directory, 'profiles'))
      const build = await operator.addJob('build', '--profile', 'tiny-linux', '--node', spec.name, '--when-done', 'stay')
      await operator.succeeded(build.id, JOB_MS)
    }
    // The disk holds version 2, which was built last; version 1 is tried.
    await machine.powerOff()
    const before = await digestOf(machine.diskFile())

    const trial = (await operator.order('node', 'try', spec.name, 'tiny-linux@1')) as { id: string }
    await machine.powerOn()
    await operator.succeeded(trial.id, JOB_MS)
    await machine.console.waitFor(
      /Platen trial: tiny-linux version 1, in memory; disks that it sees:( none|.*\(read-only\))/,
      BOOT_MS,
    )
    await machine.console.waitFor(/tiny-linux version 1 on tiny, machine RACK-T, started by UEFI/, BOOT_MS)
    await machine.powerOff()
    expect(await digestOf(machine.diskFile())).toBe(before)

    await machine.powerOn()
    await machine.console.waitFor(/tiny-linux version 2 on tiny, machine RACK-T, started by UEFI/, BOOT_MS)
    expect(machine.console.saw(/version 1 on/)).toBe(false)
  } finally {
    await rack.close()
  }

  async function secondVersion(profilesDir: string): Promise<void> {
    const file = join(profilesDir, 'tiny-linux/profile.yaml')
    const revision = (await operator.api.profiles()).find(({ name }) => name === 'tiny-linux')?.revision
    writeFileSync(file, readFileSync(file, 'utf8').replace("version: '1'", "version: '2'"))
    await operator.newRevision('tiny-linux', revision, 30_000)
  }
})

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
