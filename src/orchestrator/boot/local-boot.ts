// How a machine gets to its own disk, and what is learned from it. Pure: what the node's record says comes in, what it should say comes out.
//
// Models differ: after `exit` some firmware goes on to the disk, some opens a menu, some asks the network again; `sanboot` fails on others.
// So the ways are tried in turn. Who comes back soon, without a job, was not on its disk; who stays away was.
import type { Inventory } from '../../contract/inventory.ts'
import type { Firmware, LocalBootMethod } from '../../contract/values.ts'
import { SAME_BOOT_MS } from './count.ts'

/** Kept with the node. */
export interface LocalBoot {
  /** Set by a person; goes before all that was learned. */
  readonly pinned?: LocalBootMethod
  readonly worked?: LocalBootMethod
  /** The oldest failure first: the order in which they are tried again when all have failed. */
  readonly failed?: readonly LocalBootMethod[]
  /** Sent this way, and not judged yet. */
  readonly trying?: {
    readonly method: LocalBootMethod
    /** Milliseconds since 1970. */
    readonly at: number
    /** It has come back once from a way that had worked: somebody may just have restarted it. */
    readonly isInDoubt?: boolean
  }
}

/** Long enough for firmware to come round to the network again, short enough that few people restart a machine within. */
export const STAYED_AWAY_MS = 3 * 60_000

/**
 * The first one is the way; with `exit` the script is over, so what stands behind it is only the order of later tries.
 * Many BIOSes stop after `exit` and must be told the drive. UEFI goes on with its boot order after it, which on most machines is IPv6
 * and HTTP on every card first: half a minute each. So it is told the disk as well when there is only one to mean; with several,
 * the firmware's own order knows which one starts. boot-next takes a start of the boot OS, so it comes last.
 */
export function localBootOrder(
  { pinned, worked, failed = [] }: LocalBoot,
  { firmware, fixedDiskCount }: { readonly firmware: Firmware | undefined; readonly fixedDiskCount: number },
): readonly LocalBootMethod[] {
  const usual: readonly LocalBootMethod[] =
    firmware !== 'uefi'
      ? ['sanboot', 'exit']
      : fixedDiskCount === 1
        ? ['sanboot', 'exit', 'boot-next']
        : ['exit', 'boot-next', 'sanboot']
  const chosen = [pinned, worked].filter((method) => method !== undefined)
  const ranked = [...chosen, ...usual.filter((method) => !failed.includes(method)), ...failed]
  return [...new Set(ranked)].filter((method) => usual.includes(method))
}

/** By hand: from now on this way, or what is learned. */
export function pinLocalBoot({ pinned: _pinned, ...learned }: LocalBoot, choice: LocalBootMethod | 'auto'): LocalBoot {
  return choice === 'auto' ? learned : { ...learned, pinned: choice }
}

/** After a job the agent can always set it: it saves a way through the firmware's network boot. */
export function mayUseBootNext({ pinned, failed = [] }: LocalBoot): boolean {
  return pinned === undefined ? !failed.includes('boot-next') : pinned === 'boot-next'
}

/** Disks that stay in the machine; USB sticks and the like do not count. */
export function fixedDiskCountOf({ disks }: Inventory): number {
  return disks.filter((disk) => !disk.isRemovable).length
}

/** Nobody has heard of it until `now`: a way after which it stayed away so long worked. */
export function judgeSilence(known: LocalBoot, now: number): LocalBoot {
  const { trying, ...rest } = known
  if (trying === undefined || now - trying.at < STAYED_AWAY_MS) return known
  return withFailed({ ...rest, worked: trying.method }, failedWithout(rest, trying.method))
}

/** It is heard of again at `now`. hasJob: that is why, so it tells nothing about the way it was sent before. */
export function judgeReturn(before: LocalBoot, now: number, hasJob: boolean): LocalBoot {
  const known = judgeSilence(before, now)
  const { trying, ...rest } = known
  if (trying === undefined) return known
  const { method, isInDoubt = false } = trying
  if (now - trying.at < SAME_BOOT_MS) return known
  if (hasJob) return rest
  // One quick return from a way that had worked may be a person at the power button; the next one is not.
  if (rest.worked === method && !isInDoubt) return { ...rest, trying: { ...trying, isInDoubt: true } }
  const { worked, ...others } = rest
  const kept = worked === undefined || worked === method ? others : rest
  return withFailed(kept, [...failedWithout(rest, method), method])
}

/** Judged by judgeReturn before. */
export function sendTo(known: LocalBoot, method: LocalBootMethod, now: number): LocalBoot {
  const isInDoubt = known.trying?.method === method && known.trying.isInDoubt === true
  return { ...known, trying: { method, at: now, ...(isInDoubt ? { isInDoubt } : {}) } }
}

function failedWithout({ failed = [] }: LocalBoot, method: LocalBootMethod): readonly LocalBootMethod[] {
  return failed.filter((each) => each !== method)
}

function withFailed({ failed: _failed, ...rest }: LocalBoot, failed: readonly LocalBootMethod[]): LocalBoot {
  return failed.length === 0 ? rest : { ...rest, failed }
}
