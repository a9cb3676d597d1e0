// Lease time: milliseconds that have passed for leases since the first one. It never jumps, whatever the system's clock does: a lease
// that the wall clock ends too early would give one address to two machines. After a restart it goes on where the journal has it.
//
// While the machine is off nobody can tell how much passes (its clock may be what is wrong), so none does: a lease ends late, not early.
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** How long this machine has been up, and since which start of it. */
export interface Uptime {
  /** Another one for each start of the machine. */
  readonly bootId: string
  readonly ms: number
}

/** Lease time and uptime at one moment, as the journal keeps them. */
export interface ClockMark extends Uptime {
  readonly leaseMs: number
}

export class LeaseClock {
  #readUptime: () => Uptime
  #elapsedMs: () => number
  #startedMs: number
  #base = 0

  /** elapsedMs counts up evenly from anywhere. */
  constructor(readUptime: () => Uptime = systemUptime, elapsedMs: () => number = () => performance.now()) {
    this.#readUptime = readUptime
    this.#elapsedMs = elapsedMs
    this.#startedMs = elapsedMs()
  }

  now(): number {
    return Math.floor(this.#base + this.#elapsedMs() - this.#startedMs)
  }

  /** latestMs: the latest lease time that is known to have been; mark: a moment of the last run. */
  goOnFrom(latestMs: number, mark: ClockMark | undefined): void {
    const { bootId, ms } = this.#readUptime()
    const isSameBoot = mark !== undefined && bootId !== '' && mark.bootId === bootId
    this.#base = Math.max(latestMs, isSameBoot ? mark.leaseMs + (ms - mark.ms) : 0)
    this.#startedMs = this.#elapsedMs()
  }

  mark(): ClockMark {
    return { ...this.#readUptime(), leaseMs: this.now() }
  }
}

function systemUptime(): Uptime {
  return { bootId: bootId(), ms: Math.floor(uptime() * 1000) }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Without it every start counts as one of the machine.
    return ''
  }
}
