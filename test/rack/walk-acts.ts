// The acts of the walk: a machine is enrolled, builds, receives, starts from its disk; each proves what it claims from outside.
import type { ImageVersionView } from '../../src/contract/image.ts'
import type { JobView } from '../../src/contract/job.ts'
import type { ApplianceProcess } from './appliance-process.ts'
import { usedBlocksDigest } from './disk-digest.ts'
import type { Machine } from './machine.ts'
import type { Operator } from './operator.ts'
import { totalsOf, type WalkReport } from './walk-report.ts'

/** Generous: emulated machines on two busy cores. A walk that goes well needs a fraction of each. */
const BOOT_TIMEOUT_MS = 420_000
const JOB_TIMEOUT_MS = 1_500_000
const POWER_TIMEOUT_MS = 120_000

/** Where the walk is played: what every act needs. */
export interface Scene {
  readonly imageName: string
  readonly report: WalkReport
  readonly appliance: ApplianceProcess
  readonly operator: Operator
}

/** From power-on to approved. Nothing may have been written before somebody said yes. */
export async function enroll({ operator, report }: Scene, machine: Machine): Promise<void> {
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

/** The job alone: its machine then restarts by itself. */
export async function build(
  scene: Scene,
  machine: Machine,
  number: number,
): Promise<{ version: ImageVersionView; sentBytes: number }> {
  const { operator, imageName, report } = scene
  const posted = await operator.addJob('build', '--profile', imageName, '--node', machine.spec.name)
  if (!machine.isOn) await machine.powerOn()
  const job = await toldBy(machine, operator.succeeded(posted.id, JOB_TIMEOUT_MS, progressOf(scene, machine)))
  report.addJob(machine.spec, `build version ${number}`, job)
  const made = job.results.find(({ kind }) => kind === 'capture')?.imageVersion
  report.prove(`${machine.spec.name} built version ${number}`, made === number, `job ${job.id} gave version ${made}`)
  return { version: await versionOf(scene, number), sentBytes: totalsOf(job).bytesSent }
}

interface DeployAct {
  readonly label: string
  /** The disk holds another version of the image. */
  readonly movesOnlyDifferences: boolean
}

/** The job, the disk's digest between its last word and the next boot, then what the disk's own system says. */
export async function deploy(scene: Scene, machine: Machine, version: ImageVersionView, act: DeployAct): Promise<void> {
  const { label, movesOnlyDifferences } = act
  const { operator, report } = scene
  const words = ['--node', machine.spec.name, '--image', version.imageName, '--version', String(version.version)]
  const posted = await operator.addJob('deploy', ...words)
  if (!machine.isOn) await machine.powerOn()
  await machine.holdAtReboot()
  const job = await toldBy(machine, operator.succeeded(posted.id, JOB_TIMEOUT_MS, progressOf(scene, machine)))
  report.addJob(machine.spec, label, job)
  const said = job.results.find(({ kind }) => kind === 'verify')?.contentDigest
  report.prove(`${machine.spec.name} read back ${label} from its disk`, said === version.contentDigest, `${said}`)
  if (movesOnlyDifferences) {
    const { bytesWritten } = totalsOf(job)
    report.prove(
      `${label} wrote only what differs`,
      bytesWritten < version.usedBytes / 2,
      `${bytesWritten} of ${version.usedBytes} bytes`,
    )
  }
  await startsAfterHold(scene, machine, version)
}

/** Its agent restarts the machine, which is held there: the disk is looked at before its own system runs for the first time. */
export async function startsAfterHold(scene: Scene, machine: Machine, version: ImageVersionView): Promise<void> {
  await machine.waitForPowerOff(POWER_TIMEOUT_MS)
  proveDigest(scene, machine, version)
  await startsCold(scene, machine, version)
}

function proveDigest({ appliance, report }: Scene, machine: Machine, version: ImageVersionView): void {
  const digest = usedBlocksDigest(appliance.dataDir, version.manifestDigest, machine.diskFile())
  const claim = `the used blocks of ${machine.spec.name}'s disk, read from outside, are those of version ${version.version}`
  report.prove(claim, digest === version.contentDigest, digest)
}

/** After a power-on or a reboot: over the network to the appliance, which has nothing for it, to its own disk. */
export async function startsFromDisk(
  { report }: Scene,
  machine: Machine,
  { imageName, version }: ImageVersionView,
): Promise<void> {
  const { name, firmware, serialNumber } = machine.spec
  const startedAt = Date.now()
  const line = new RegExp(`${imageName} version (\\S+) on \\S+, machine (\\S+), started by (BIOS|UEFI)`)
  const [said, saidVersion, saidSerial, saidFirmware] = await machine.console.waitFor(line, BOOT_TIMEOUT_MS)
  const seconds = (Date.now() - startedAt) / 1000
  report.rows.push({ machine: name, firmware, what: `boot from disk, version ${version}`, seconds, transfer: {} })
  const holds = saidVersion === String(version) && saidSerial === serialNumber && saidFirmware?.toLowerCase() === firmware
  report.prove(`${name} runs version ${version} from its own disk`, holds, said)
}

/** Somebody switches it on, and nobody wants anything of it. */
export async function startsCold(scene: Scene, machine: Machine, version: ImageVersionView): Promise<void> {
  await machine.powerOn()
  await startsFromDisk(scene, machine, version)
}

export async function versionOf({ operator, imageName, report }: Scene, version: number): Promise<ImageVersionView> {
  const image = (await operator.api.images()).find(({ name }) => name === imageName)
  const found = image?.versions.find((view) => view.version === version)
  if (found === undefined) throw new Error(`image ${imageName} has no version ${version}`)
  if (!report.versions.some((known) => known.version === version)) report.versions.push(found)
  return found
}

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
