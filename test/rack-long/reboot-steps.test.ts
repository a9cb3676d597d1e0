// A build that takes its machine down twice, as installers do: into a kernel that the profile brings, and onto its own disk.
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { ApplianceProcess } from '../rack/appliance-process.ts'
import type { Machine } from '../rack/machine.ts'
import { Operator } from '../rack/operator.ts'
import { prepare } from '../rack/prepare.ts'
import { Rack } from '../rack/rack.ts'
import { smallMachine } from '../rack/small-machine.ts'

const PROFILE = join(import.meta.dirname, '../fakes/profiles/installer-like')
const BOOT_MS = 420_000
const JOB_MS = 1_200_000
/** Seen now and then when two cores emulate several machines. */
const STUMBLE = /Kernel panic - not syncing/

describe('a job whose steps restart the machine', () => {
  let rack: Rack
  let operator: Operator
  let appliance: ApplianceProcess
  let profilesDir: string

  beforeAll(async () => {
    const { accelerator, bootDir, profileDir } = await prepare('tiny-linux', () => {})
    rack = await Rack.create({ accelerator })
    profilesDir = join(rack.directory, 'profiles')
    makeProfile(profileDir, join(rack.directory, 'made'))
    mkdirSync(profilesDir)
    renameSync(join(rack.directory, 'made'), join(profilesDir, 'installer-like'))
    const places = { namespace: rack.namespace, directory: rack.directory, profilesDir, bootDir }
    appliance = rack.adopt(await ApplianceProcess.start(places))
    operator = new Operator(appliance)
  })

  afterAll(() => rack?.close())

  it('goes on behind each of them, on BIOS, though the appliance is killed while the machine is away', async () => {
    onTestFailed(() => rack.saveLogs())
    const machine = await rack.addMachine(smallMachine({ label: 'i', number: '0101', firmware: 'bios' }))
    const job = await build(machine, async (jobId) => {
      await operator.reaches(jobId, ({ status }) => status.majorState === 'reboot' && /was sent/.test(status.minorState), JOB_MS)
      await appliance.crash()
      await appliance.start()
    })
    expect(job.attempt).toBe(1)
    expect(job.results.map(({ kind }) => kind)).toEqual(['format', 'setup', 'reboot', 'setup', 'activate', 'reboot', 'capture'])
    const text = machine.console.text
    expect(text.match(/marker: wrote kernel-1 on/g)).toHaveLength(1)
    expect(text.match(/installer-like: first start is done/g)).toHaveLength(1)
    await machine.console.waitFor(/marks: kernel-1 first-start \r?\n/, BOOT_MS)
    await machine.console.waitFor(/installer-like version 1 on tiny, machine RACK-I, started by BIOS/, BOOT_MS)
    await machine.powerOff()
  })

  it('starts the kernel by kexec when the profile says so, on UEFI', async () => {
    onTestFailed(() => rack.saveLogs())
    const file = join(profilesDir, 'installer-like/profile.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('how: firmware', 'how: kexec').replace("version: '1'", "version: '2'"))
    const machine = await rack.addMachine(smallMachine({ label: 'k', number: '0102', firmware: 'uefi' }))
    const job = await build(machine)
    expect(job.attempt).toBe(1)
    expect(machine.console.text.match(/marker: wrote kernel-2 on/g)).toHaveLength(1)
    await machine.console.waitFor(/marks: kernel-2 first-start \r?\n/, BOOT_MS)
    await machine.powerOff()
  })

  async function build(machine: Machine, meanwhile: (jobId: string) => Promise<void> = async () => undefined) {
    const { name, mac } = machine.spec
    await machine.powerOn()
    const { id } = await operator.nodeWith(mac, BOOT_MS)
    await operator.order('node', 'approve', id, '--name', name)
    for (;;) {
      const posted = await operator.addJob('build', '--profile', 'installer-like', '--node', name)
      await meanwhile(posted.id)
      const job = await operator.ended(posted.id, JOB_MS)
      if (job.state === 'succeeded') return job
      const hasStumbled = machine.console.saw(STUMBLE)
      if (!hasStumbled) return operator.succeeded(posted.id, JOB_MS)
      // Not ours: an emulated kernel that dies by itself. What it was to do is missing, and the next step has said so.
      expect(job.failure?.message).toContain('check-mark.sh failed')
      await machine.console.waitFor(STUMBLE, 1000)
    }
  }
})

/** tiny-linux's root, kernel and initrd; the initrd gets another first process by an archive behind it, which the kernel unpacks as well. */
function makeProfile(tiny: string, folder: string): void {
  cpSync(PROFILE, folder, { recursive: true })
  for (const file of ['grub.cfg', 'install-boot-loader.sh']) copyFileSync(join(tiny, file), join(folder, file))
  const components = join(folder, 'components')
  mkdirSync(components)
  copyFileSync(join(tiny, 'components/root.tar.zst'), join(components, 'root.tar.zst'))
  execFileSync(
    'tar',
    ['--zstd', '--extract', '--file=root.tar.zst', '--strip-components=2', './boot/vmlinuz', './boot/initrd.img'],
    {
      cwd: components,
    },
  )
  copyFileSync(join(folder, 'marker-init.sh'), join(components, 'init'))
  execFileSync('chmod', ['755', join(components, 'init')])
  const archive = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc'], { cwd: components, input: 'init\n' })
  const initrd = readFileSync(join(components, 'initrd.img'))
  const padding = Buffer.alloc((4 - (initrd.length % 4)) % 4)
  writeFileSync(join(components, 'marker.img'), Buffer.concat([initrd, padding, archive]))
}
