// The walk: a bare machine builds an image, another receives it, is upgraded and put back; each step proven from outside.
// Tests and the demo walk the same way; they differ in who listens. The two machines work at the same time wherever neither needs what
// the other makes: on two processors that is most of the way.
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ImageVersionView } from '../../src/contract/image.ts'
import { ApplianceProcess } from './appliance-process.ts'
import type { Machine } from './machine.ts'
import { Operator } from './operator.ts'
import type { Rack } from './rack.ts'
import { smallMachine } from './small-machine.ts'
import { build, deploy, enroll, type Scene, startsAfterHold, startsCold, startsFromDisk, versionOf } from './walk-acts.ts'
import { type WalkListener, WalkReport } from './walk-report.ts'

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
}

export const WALK_PROFILES: readonly WalkProfile[] = [
  { name: 'tiny-linux', diskBytes: 1024 ** 3 },
  { name: 'debian-13', diskBytes: 5 * 1024 ** 3 },
]

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
  const scene: Scene = { imageName: profile.name, report, appliance, operator }
  renameSync(join(rack.directory, 'dropped'), join(profilesDir, profile.name))
  const revision = await operator.newRevision(profile.name, undefined, 30_000)
  report.prove(`the running appliance took up the profile ${profile.name}`, true, `revision ${revision.slice(0, 12)}`)

  const a = await rack.addMachine(smallMachine({ label: 'a', number: '000a', firmware: 'bios', diskBytes: profile.diskBytes }))
  const b = await rack.addMachine(smallMachine({ label: 'b', number: '000b', firmware: 'uefi', diskBytes: profile.diskBytes }))

  report.phase('Node A (BIOS) and node B (UEFI), both with an empty disk, boot over the network; node A builds version 1')
  const enrollAndBuild = async () => {
    await enroll(scene, a)
    await a.holdAtReboot()
    return build(scene, a, 1)
  }
  const [first] = await Promise.all([enrollAndBuild(), enroll(scene, b)])
  const one = first.version

  report.phase(
    'Node B receives version 1; meanwhile node A starts from its disk, the profile changes, and node A builds version 2',
  )
  const buildSecond = async () => {
    await startsAfterHold(scene, a, one)
    await a.powerOff()
    changeVersion(join(profilesDir, profile.name, 'profile.yaml'))
    await operator.newRevision(profile.name, revision, 30_000)
    return build(scene, a, 2)
  }
  const [second] = await Promise.all([buildSecond(), deploy(scene, b, one, { label: 'version 1', movesOnlyDifferences: false })])
  const two = second.version
  report.prove(
    'only changed chunks travelled',
    second.sentBytes < first.sentBytes / 2,
    `${second.sentBytes} bytes after ${first.sentBytes}`,
  )
  report.prove('version 1 is as it was', same(await versionOf(scene, 1), one), one.contentDigest)
  report.prove('version 2 differs', two.contentDigest !== one.contentDigest, two.contentDigest)

  // Not held: a machine that its agent restarts, without anybody's hand, comes to its own disk. Under emulation this takes three times
  // as long as a cold start, so it is done where another machine takes longer.
  report.phase('Node B is upgraded to version 2; node A restarts from its disk, and again after it was switched off')
  await b.powerOff()
  const startTwice = async () => {
    await startsFromDisk(scene, a, two)
    await a.powerOff()
    await startsCold(scene, a, two)
  }
  await Promise.all([deploy(scene, b, two, { label: 'upgrade to 2', movesOnlyDifferences: true }), startTwice()])
  report.phase('Node B is put back to version 1, and with nothing more to do starts from its own disk, as node A has')
  await b.powerOff()
  await deploy(scene, b, one, { label: 'roll-back to 1', movesOnlyDifferences: true })
  return { report, appliance, machines: [a, b] }
}

function startAppliance({ rack, bootDir }: WalkOptions, profilesDir: string): Promise<ApplianceProcess> {
  return ApplianceProcess.start({ namespace: rack.namespace, directory: rack.directory, profilesDir, bootDir })
}

function changeVersion(profileFile: string): void {
  const text = readFileSync(profileFile, 'utf8')
  const changed = text.replace(/^( {2}version: )'1'$/m, "$1'2'")
  if (changed === text) throw new Error(`${profileFile} has no variable version with the value '1'`)
  writeFileSync(profileFile, changed)
}

/** What its content starts on is found out after it was published, and may be said by people: all else stays. */
const withoutStartsOn = ({ architecture: _, firmware: __, ...view }: ImageVersionView) => view
const same = (one: ImageVersionView, other: ImageVersionView) => isDeepStrictEqual(withoutStartsOn(one), withoutStartsOn(other))
