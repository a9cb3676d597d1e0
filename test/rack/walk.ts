// The walk: a bare machine builds an image, another receives it, is upgraded and put back; each step proven from outside.
// Tests and the demo walk the same way; they differ in who listens.
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageVersionView } from '../../src/contract/image.ts'
import type { JobView } from '../../src/contract/job.ts'
import { ApplianceProcess } from './appliance-process.ts'
import { usedBlocksDigest } from './disk-digest.ts'
import type { Machine } from './machine.ts'
import { Operator } from './operator.ts'
import type { MachineSpec } from './qemu-arguments.ts'
import type { Rack } from './rack.ts'
import { totalsOf, type WalkListener, WalkReport } from './walk-report.ts'

export interface WalkOptions {
  readonly rack: Rack
  /** Folder of the profile, its components made. */
  readonly profileDir: string
  readonly profile: WalkProfile
  readonly bootDir: string
  readonly listener: WalkListener
}

export interface WalkProfile {
  readonly name: string
  readonly diskBytes: number
  /** Its system leaves the disk as it is while it runs: the digest can be taken after it as well. */
  readonly isReadOnly: boolean
}

export const WALK_PROFILES: readonly WalkProfile[] = [
  { name: 'tiny-linux', diskBytes: 1024 ** 3, isReadOnly: true },
  { name: 'debian-13', diskBytes: 5 * 1024 ** 3, isReadOnly: false },
]

/** Generous: emulated machines on two busy cores. A walk that goes well needs a fraction of each. */
const BOOT_TIMEOUT_MS = 420_000
const JOB_TIMEOUT_MS = 1_500_000
const POWER_TIMEOUT_MS = 120_000

interface Scene {
  readonly options: WalkOptions
  readonly report: WalkReport
  readonly appliance: ApplianceProcess
  readonly operator: Operator
}

export interface Walked {
  readonly report: WalkReport
  readonly appliance: ApplianceProcess
  readonly machines: readonly Machine[]
}

export async function walk(options: WalkOptions): Promise<Walked> {
  const report = new WalkReport(options.listener)
  const { rack, profile } = options
  report.phase('The appliance starts, and a profile is dropped into its folder')
  const profilesDir = join(rack.directory, 'profiles')
  mkdirSync(profilesDir)
  cpSync(options.profileDir, join(rack.directory, 'dropped'), { recursive: true })
  const appliance = rack.adopt(await startAppliance(options, profilesDir))
  const operator = new Operator(appliance)
  const scene: Scene = { options, report, appliance, operator }
  renameSync(join(rack.directory, 'dropped'), join(profilesDir, profile.name))
  const revision = await operator.newRevision(profile.name, undefined, 30_000)
  report.prove(`the running appliance took up the profile ${profile.name}`, true, `revision ${revision.slice(0, 12)}`)

  const a = await rack.addMachine(machineSpec('node-a', 'bios', profile))
  const b = await rack.addMachine(machineSpec('node-b', 'uefi', profile))

  report.phase('Node A (BIOS, empty disk) boots over the network and is approved')
  await enroll(scene, a)
  report.phase('Node A builds version 1; meanwhile node B (UEFI, empty disk) boots over the network')
  const [first] = await Promise.all([build(scene, a, 1), enroll(scene, b)])
  const one = first.version
  await a.powerOff()
  if (profile.isReadOnly) proveDigest(scene, a, one)

  report.phase('Node B receives version 1')
  await deploy(scene, b, one, 'version 1')

  report.phase('The profile changes; node A builds version 2')
  changeVersion(join(profilesDir, profile.name, 'profile.yaml'))
  await operator.newRevision(profile.name, revision, 30_000)
  const second = await build(scene, a, 2)
  const two = second.version
  await a.powerOff()
  report.prove(
    'only changed chunks travelled',
    second.sentBytes < first.sentBytes / 2,
    `${second.sentBytes} bytes after ${first.sentBytes}`,
  )
  report.prove('version 1 is as it was', same(await versionOf(scene, 1), one), one.contentDigest)
  report.prove('version 2 differs', two.contentDigest !== one.contentDigest, two.contentDigest)

  report.phase('Node B is upgraded to version 2')
  await b.powerOff()
  await deploy(scene, b, two, 'upgrade to 2')
  report.phase('Node B is put back to version 1')
  await b.powerOff()
  await deploy(scene, b, one, 'roll-back to 1')

  report.phase('With nothing to do, both boot from their own disks')
  await b.powerOff()
  await Promise.all([a.powerOn(), b.powerOn()])
  await Promise.all([startsFromDisk(scene, a, two), startsFromDisk(scene, b, one)])
  return { report, appliance, machines: [a, b] }
}

function startAppliance({ rack, bootDir }: WalkOptions, profilesDir: string): Promise<ApplianceProcess> {
  return ApplianceProcess.start({ namespace: rack.namespace, directory: rack.directory, profilesDir, bootDir })
}

function machineSpec(name: string, firmware: 'bios' | 'uefi', profile: WalkProfile): MachineSpec {
  const letter = name.at(-1)!
  return {
    name,
    firmware,
    mac: `52:54:00:77:00:0${letter}`,
    systemUuid: `7a0c1d52-3f64-4b8e-9c11-52540077000${letter}`,
    serialNumber: `RACK-${letter.toUpperCase()}`,
    disks: [{ serial: `DISK-${letter.toUpperCase()}`, sizeBytes: profile.diskBytes }],
    memoryMiB: 1536,
    // One: emulated processors that patch the kernel under each other make it crash at random (seen with QEMU 7.2 under load).
    cpus: 1,
    bootOrder: 'network-then-disk',
  }
}

/** From power-on to approved. Nothing may have been written before somebody said yes. */
async function enroll({ operator, report }: Scene, machine: Machine): Promise<void> {
  const { name, firmware, mac, serialNumber } = machine.spec
  const startedAt = Date.now()
  await machine.powerOn()
  report.progress(`${name} boots over DHCP, TFTP and HTTP`)
  const node = await toldBy(machine, operator.nodeWith(mac, BOOT_TIMEOUT_MS))
  const seconds = (Date.now() - startedAt) / 1000
  report.rows.push({ machine: name, firmware, what: 'power-on to discovered', seconds, transfer: {} })
  const seen = `${node.inventory.firmware}, serial ${node.inventory.smbios.systemSerial}`
  report.prove(
    `${name} appeared as discovered`,
    node.state === 'discovered',
    `${node.id}, ${seen}, after ${seconds.toFixed(0)} s`,
  )
  report.prove(
    `${name} is who the rack says it is`,
    node.inventory.firmware === firmware && node.inventory.smbios.systemSerial === serialNumber,
    seen,
  )
  report.prove(
    `${name} was not written to before it was approved`,
    machine.writtenBytes() === 0,
    `${machine.writtenBytes()} bytes`,
  )
  await operator.order('node', 'approve', node.id, '--name', name)
}

/** The job, then what the disk's own system says after the agent's reboot. */
async function build(scene: Scene, machine: Machine, number: number): Promise<{ version: ImageVersionView; sentBytes: number }> {
  const { operator, options, report } = scene
  const posted = await operator.addJob('build', '--profile', options.profile.name, '--node', machine.spec.name)
  if (!machine.isOn) await machine.powerOn()
  const job = await toldBy(machine, operator.succeeded(posted.id, JOB_TIMEOUT_MS, progressOf(scene, machine)))
  report.addJob(machine.spec, `build version ${number}`, job)
  const made = job.results.find(({ kind }) => kind === 'capture')?.imageVersion
  report.prove(`${machine.spec.name} built version ${number}`, made === number, `job ${job.id} gave version ${made}`)
  const version = await versionOf(scene, number)
  await startsFromDisk(scene, machine, version)
  return { version, sentBytes: totalsOf(job).bytesSent }
}

/** The job, the disk's digest between its last word and the next boot, then what the disk's own system says. */
async function deploy(scene: Scene, machine: Machine, version: ImageVersionView, label: string): Promise<void> {
  const { operator, report } = scene
  const words = ['--node', machine.spec.name, '--image', version.imageName, '--version', String(version.version)]
  const posted = await operator.addJob('deploy', ...words)
  if (!machine.isOn) await machine.powerOn()
  await machine.holdAtReboot()
  const job = await toldBy(machine, operator.succeeded(posted.id, JOB_TIMEOUT_MS, progressOf(scene, machine)))
  report.addJob(machine.spec, label, job)
  const said = job.results.find(({ kind }) => kind === 'verify')?.contentDigest
  report.prove(`${machine.spec.name} read back ${label} from its disk`, said === version.contentDigest, `${said}`)
  if (label !== 'version 1') {
    const { bytesWritten } = totalsOf(job)
    report.prove(
      `${label} wrote only what differs`,
      bytesWritten < version.usedBytes / 2,
      `${bytesWritten} of ${version.usedBytes} bytes`,
    )
  }
  await machine.waitForPowerOff(POWER_TIMEOUT_MS)
  proveDigest(scene, machine, version)
  await machine.powerOn()
  await startsFromDisk(scene, machine, version)
}

function proveDigest({ appliance, report }: Scene, machine: Machine, version: ImageVersionView): void {
  const digest = usedBlocksDigest(appliance.dataDir, version.manifestDigest, machine.diskFile())
  const claim = `the used blocks of ${machine.spec.name}'s disk, read from outside, are those of version ${version.version}`
  report.prove(claim, digest === version.contentDigest, digest)
}

/** After a power-on or a reboot: over the network to the appliance, which has nothing for it, to its own disk. */
async function startsFromDisk({ report }: Scene, machine: Machine, { imageName, version }: ImageVersionView): Promise<void> {
  const { name, firmware, serialNumber } = machine.spec
  const startedAt = Date.now()
  const line = new RegExp(`${imageName} version (\\S+) on \\S+, machine (\\S+), started by (BIOS|UEFI)`)
  const [said, saidVersion, saidSerial, saidFirmware] = await machine.console.waitFor(line, BOOT_TIMEOUT_MS)
  const seconds = (Date.now() - startedAt) / 1000
  report.rows.push({ machine: name, firmware, what: `boot from disk, version ${version}`, seconds, transfer: {} })
  const holds = saidVersion === String(version) && saidSerial === serialNumber && saidFirmware?.toLowerCase() === firmware
  report.prove(`${name} runs version ${version} from its own disk`, holds, said)
}

async function versionOf({ operator, options, report }: Scene, version: number): Promise<ImageVersionView> {
  const image = (await operator.api.images()).find(({ name }) => name === options.profile.name)
  const found = image?.versions.find((view) => view.version === version)
  if (found === undefined) throw new Error(`image ${options.profile.name} has no version ${version}`)
  if (!report.versions.some((known) => known.version === version)) report.versions.push(found)
  return found
}

function changeVersion(profileFile: string): void {
  const text = readFileSync(profileFile, 'utf8')
  const changed = text.replace(/^( {2}version: )'1'$/m, "$1'2'")
  if (changed === text) throw new Error(`${profileFile} has no variable version with the value '1'`)
  writeFileSync(profileFile, changed)
}

const same = (one: ImageVersionView, other: ImageVersionView) => JSON.stringify(one) === JSON.stringify(other)

function progressOf({ report }: Scene, machine: Machine): (job: JobView) => void {
  return ({ status, state }) => {
    const words =
      state === 'queued' ? 'waits for its machine' : `${status.majorState} ${Math.floor(status.percent)} % ${status.minorState}`
    report.progress(`${machine.spec.name}: ${words}`)
  }
}

/** What the machine said last belongs to a failure of what it should have done; a machine that has died is not waited for. */
async function toldBy<T>(machine: Machine, work: Promise<T>): Promise<T> {
  const watched = new AbortController()
  try {
    return await Promise.race([work, machine.console.never(/Kernel panic|Out of memory: Killed/, watched.signal)])
  } catch (error) {
    throw new Error(`${(error as Error).message}\n--- serial line of ${machine.spec.name}:\n${machine.console.tail(40)}`, {
      cause: error,
    })
  }
}
