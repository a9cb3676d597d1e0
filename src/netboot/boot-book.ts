// The latest boots of each machine, step by step. In memory and bounded, whatever comes over the wire: so many boots of a machine, so many
// steps of a boot, so many steps in all; the machine that was heard of longest ago gives way.
// TFTP and HTTP tell an address alone: whose it is was told by DHCP or by a script that was asked for. What came before that waits for it.
import type { BootStep, NodeBoot } from '../contract/boot-steps.ts'
import { stepOf } from './boot-steps.ts'
import type { NetbootEvent } from './events.ts'

export interface BootBookLimits {
  readonly boots: number
  readonly stepsOfBoot: number
  readonly steps: number
  readonly addresses: number
}

const LIMITS: BootBookLimits = { boots: 8, stepsOfBoot: 60, steps: 40_000, addresses: 20_000 }
/** A machine that was silent for so long has begun anew. */
const SILENT_MS = 10 * 60_000
/** An address that was another machine's so shortly before has several behind it. */
const SHARED_MS = 60_000
/** Of an address that is nobody's yet. */
const MOST_WAITING = 20
/** A system that runs asks for its address again and again. */
const ORDINARY = 'ordinary DHCP client'

interface Boot {
  readonly startedAt: string
  readonly steps: BootStep[]
  leftOut: number
  answer?: NodeBoot['answer']
  /** Whether it came further than to an address. */
  hasFetched: boolean
  lastAtMs: number
}

interface Address {
  mac?: string
  atMs: number
  isShared: boolean
  readonly waiting: BootStep[]
}

export class BootBook {
  readonly #limits: BootBookLimits
  /** By MAC, the one heard of last at the end. */
  readonly #machines = new Map<string, Boot[]>()
  readonly #addresses = new Map<string, Address>()
  #steps = 0

  constructor(limits: BootBookLimits = LIMITS) {
    this.#limits = limits
  }

  note(event: NetbootEvent): void {
    const of = stepOf(event)
    if (of === undefined) return
    const { mac, address, step } = of
    if (mac !== undefined) {
      if (address !== undefined) this.#learn(address, mac, step)
      this.#add(mac, step, event)
      return
    }
    const holder = this.#addressOf(address!)
    if (holder.isShared) return
    if (holder.mac !== undefined) this.#add(holder.mac, step, event)
    else if (holder.waiting.length < MOST_WAITING) {
      holder.waiting.push(step)
      this.#steps++
      this.#makeRoom()
    }
  }

  /** Of a machine by all of its addresses, the newest boot first. */
  boots(macs: readonly string[]): readonly NodeBoot[] {
    return macs
      .flatMap((mac) => this.#machines.get(mac) ?? [])
      .map(({ startedAt, steps, leftOut, answer }) => ({
        startedAt,
        ...(answer === undefined ? {} : { answer }),
        steps: [...steps],
        leftOut,
      }))
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
  }

  /** How many steps are kept in all. */
  get size(): number {
    return this.#steps
  }

  #learn(address: string, mac: string, { at }: BootStep): void {
    const known = this.#addressOf(address)
    const atMs = Date.parse(at)
    if (known.mac !== undefined && known.mac !== mac) known.isShared = atMs - known.atMs < SHARED_MS
    known.mac = mac
    known.atMs = atMs
    const waited = known.waiting.splice(0)
    this.#steps -= waited.length
    for (const step of waited) if (atMs - Date.parse(step.at) < SILENT_MS) this.#add(mac, step, undefined)
  }

  #addressOf(address: string): Address {
    const known = this.#addresses.get(address) ?? { atMs: 0, isShared: false, waiting: [] }
    this.#addresses.delete(address)
    this.#addresses.set(address, known)
    if (this.#addresses.size > this.#limits.addresses) this.#forgetAddress()
    return known
  }

  #forgetAddress(): void {
    const [oldest, { waiting }] = this.#addresses.entries().next().value!
    this.#addresses.delete(oldest)
    this.#steps -= waiting.length
  }

  #add(mac: string, step: BootStep, event: NetbootEvent | undefined): void {
    const boots = this.#machines.get(mac) ?? []
    const current = boots.at(-1)
    const isOrdinary = event !== undefined && 'client' in event && event.client === ORDINARY
    const begins = current === undefined || beginsAnew(current, step, event)
    if (begins && isOrdinary) return
    const boot = begins ? this.#begin(mac, boots, step) : current
    this.#machines.delete(mac)
    this.#machines.set(mac, boots)
    if (event?.type === 'script.answered') boot.answer = event.answer
    if (!isOrdinary) boot.lastAtMs = Date.parse(step.at)
    if (step.by !== 'dhcp') boot.hasFetched = true
    if (boot.steps.length >= this.#limits.stepsOfBoot) {
      boot.leftOut++
      return
    }
    boot.steps.push(step)
    this.#steps++
    this.#makeRoom()
  }

  #begin(mac: string, boots: Boot[], { at }: BootStep): Boot {
    const boot: Boot = { startedAt: at, steps: [], leftOut: 0, hasFetched: false, lastAtMs: Date.parse(at) }
    boots.push(boot)
    if (boots.length > this.#limits.boots) this.#steps -= boots.shift()!.steps.length
    this.#machines.set(mac, boots)
    return boot
  }

  #makeRoom(): void {
    while (this.#steps > this.#limits.steps) {
      const oldest = this.#machines.entries().next().value
      if (oldest === undefined) {
        this.#forgetAddress()
        continue
      }
      const [mac, boots] = oldest
      this.#steps -= boots.reduce((sum, { steps }) => sum + steps.length, 0)
      this.#machines.delete(mac)
    }
  }
}

/** Firmware asks for an address once more; iPXE and the boot OS do, too, within one boot. */
function beginsAnew(current: Boot, { at }: BootStep, event: NetbootEvent | undefined): boolean {
  if (Date.parse(at) - current.lastAtMs > SILENT_MS) return true
  // Where the site's own DHCP answers, the script is the first that is heard of a boot.
  if (event?.type === 'script.answered' && !event.isAgain && current.answer !== undefined) return true
  const isFirmware =
    event?.type === 'dhcp.answered' && event.asked === 'discover' && event.client !== ORDINARY && !event.client.startsWith('iPXE')
  return isFirmware && current.hasFetched
}
