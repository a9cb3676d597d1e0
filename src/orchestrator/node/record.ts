// A node as it is kept. Pure.

import type { WorkElsewhere } from '../../contract/appliances.ts'
import type { BootedSystem } from '../../contract/boot-build.ts'
import type { ConfiguredFile } from '../../contract/configuration.ts'
import type { HardwareReport } from '../../contract/hardware.ts'
import type { Inventory } from '../../contract/inventory.ts'
import type { NodeState } from '../../contract/operator-api.ts'
import type { PackageRef } from '../../contract/package.ts'
import type { Present } from '../../contract/present.ts'
import type { RanVersion, Wanted } from '../../contract/wanted.ts'
import type { BootCount } from '../boot/count.ts'
import type { LocalBoot } from '../boot/local-boot.ts'
import type { Repairs } from '../wanted/decide.ts'

/** How much of a node's past is kept. */
export const KEPT_HISTORY = 50
export const KEPT_TABLE_IDS = 64
export const KEPT_DISKS = 64
export const KEPT_RAN = 100

/** How many addresses a node may have booted from: docks come and go. */
export const KEPT_BOOT_MACS = 32

/** How a boot came by its token: proven on the wire, by another appliance's word, or by nobody's but its own. */
export type Origin = 'booted' | 'credential' | 'introduced'

/** One boot of one machine, as its token names it: boot is when its first token was made, in base 36. */
export interface BootSession {
  readonly mac: string
  readonly boot: string
}

/** What is known of its work for another appliance. */
export type Elsewhere = WorkElsewhere & {
  readonly until: string
  /** When a boot was first sent to the disk for it. */
  readonly sentAt?: string
}

export interface NodeRecord {
  readonly id: string
  readonly name: string
  readonly state: NodeState
  readonly holdReason?: string
  readonly firstSeenAt: string
  /** Kept with each change and each hello; between them presence is known from memory only. */
  readonly lastSeenAt: string
  readonly inventory: Inventory
  /** MAC addresses that it booted from: a USB adapter may be gone from the inventory and still be how it boots. */
  readonly bootMacs: readonly string[]
  /** Of these, those that a person gave to it by merging or splitting. */
  readonly assignedMacs?: readonly string[]
  /** The boot whose agent speaks for it: whoever shows a token of another one is not this node. Left out: kept by an older version. */
  readonly session?: BootSession
  /** How it came so far; a boot that came in a weaker way is not this node. Left out: kept by an older version, or made by hand. */
  readonly origins?: readonly Origin[]
  /** It says of itself what belongs to other nodes, and nothing proves it: no rule approves it, a person decides. */
  readonly doubt?: { readonly reason: string; readonly nodeIds: readonly string[] }
  /** Split off by hand: nothing is known of it but an address, until it says hello. */
  readonly awaitsHello?: true
  /** What the last verified deploy put on it; gone as soon as a job that writes is handed to it. */
  readonly installed?: {
    readonly imageName: string
    readonly version: number
    readonly at: string
    /** In the order in which they were installed. Left out: none. */
    readonly packages?: readonly PackageRef[]
    /** Files of its function that the last job put there. Left out: none. */
    readonly configuration?: readonly ConfiguredFile[]
    /** The job that put them there, and when. */
    readonly configuredBy?: { readonly jobId: string; readonly at: string }
  }
  /** What its own disk proved last; gone as soon as a job that writes is handed to it. */
  readonly present?: Present
  /** What ran on it from when to when, newest last. */
  readonly ran?: readonly RanVersion[]
  /** What it should run, as a person said of it alone. */
  readonly wanted?: Wanted
  /** Features that the machine asked for when it said hello. */
  readonly askedFeatures?: readonly string[]
  /** The boot OS that it said it runs when it said hello last. */
  readonly booted?: BootedSystem
  /** What was posted for it by itself since it was right last. */
  readonly repairs?: Repairs
  readonly tags?: readonly string[]
  /** Types of configuration that it builds, as a person set them. */
  readonly configTypes?: readonly string[]
  /** As its agent was started with. */
  readonly agentConfigTypes?: readonly string[]
  readonly location?: string
  /** Where its agent, or a restart over SSH, last reached it. */
  readonly address?: string
  /** Of the system on its disk: forgotten when a job writes to that. */
  readonly sshHostKey?: string
  readonly notes?: string
  readonly inventoryHistory?: readonly { readonly at: string; readonly changes: readonly string[] }[]
  readonly localBoot?: LocalBoot
  /** Hooks were told that it entered provisioning, and not yet that it leaves. */
  readonly isInProvisioning?: true
  /** A job of another appliance that its agent works on, and until when that is believed. */
  readonly elsewhere?: Elsewhere
  /** Boots into the boot OS for the job that it has or waits for. */
  readonly boots?: BootCount
  /** Partition table ids of the builds that it was given, newest last: what they left on a disk is not foreign. */
  readonly tableIds: readonly string[]
  /** Disks that steps of its jobs wrote to, newest last: an id out of an image counts as ours on these alone. */
  readonly knownDisks?: readonly string[]
  /** Disks whose record was good when its agent showed it last. */
  readonly provenDisks?: readonly string[]
  /** A person asked for the proof: its next boot ends in the boot OS. */
  readonly mustProve?: true
  /** Where the record of its last deploy stands, when that is not beside the partitions of its disks. */
  readonly recordPlace?: 'file' | 'none'
  /** What the last check of its hardware found. */
  readonly hardware?: HardwareReport
  /** Ids of nodes that became part of it: records on its disks may name them. */
  readonly formerIds?: readonly string[]
}

/** Without what has answers of its own: what it should run, and what ran on it. */
export function withoutWanted({
  booted: _booted,
  ran: _ran,
  wanted: _wanted,
  askedFeatures: _asked,
  repairs: _tried,
  ...node
}: NodeRecord) {
  return node
}

/** What its system said of how it is counts no more. */
export function withoutHealth({ present, ...node }: NodeRecord): NodeRecord {
  if (present === undefined) return node
  const { health: _before, ...proven } = present
  return { ...node, present: proven }
}
