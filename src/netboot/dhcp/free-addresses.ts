// The addresses of a subnet that nobody holds, and which of them were found unused. No network, no clock: the time comes in with each call.
//
//   never used --\
//   left behind --+--> being probed --> proven for half a minute --> to be probed again
//   run out -----/          \--> in use: the lease table sets it aside
//
// Always true: an address is in at most one of these places, and in none once it was offered.
import type { Ipv4 } from './ipv4.ts'
import { isGivenUnasked, type Subnet } from './subnet.ts'

/** What was unused half a minute ago may be in use by now: somebody may have set it by hand. */
const PROOF_MS = 30_000

export class FreeAddresses {
  #subnet: Subnet
  #isRecorded: (address: Ipv4) => boolean
  /** With the time of the proof, oldest first. */
  #proven = new Map<Ipv4, number>()
  /** Taken by the prober, which has not said yet what it found. */
  #beingProbed = new Set<Ipv4>()
  /** Used before, by nobody now. */
  #left = new Set<Ipv4>()
  #neverUsed: Iterator<Ipv4, undefined>
  #nextNeverUsed: Ipv4 | undefined

  /** isRecorded tells whether somebody has or had an address. */
  constructor(subnet: Subnet, isRecorded: (address: Ipv4) => boolean) {
    this.#subnet = subnet
    this.#isRecorded = isRecorded
    this.#neverUsed = addressesOf(subnet)
    this.#nextNeverUsed = this.#neverUsed.next().value
  }

  get provenCount(): number {
    return this.#proven.size
  }

  get isProbing(): boolean {
    return this.#beingProbed.size > 0
  }

  isProven(address: Ipv4, now: number): boolean {
    const provenAt = this.#proven.get(address)
    return provenAt !== undefined && now - provenAt < PROOF_MS
  }

  /** One that was found unused lately. It stays here until it is taken out. */
  peekProven(now: number): Ipv4 | undefined {
    for (const address of this.#proven.keys()) {
      if (this.isProven(address, now)) return address
      this.#proven.delete(address)
      this.add(address)
    }
    return undefined
  }

  /** One that nobody looked at. It stays here until it is taken out. */
  peekUnproven(): Ipv4 | undefined {
    while (this.#nextNeverUsed !== undefined && this.#isRecorded(this.#nextNeverUsed)) this.#step()
    return this.#nextNeverUsed ?? this.#left.values().next().value
  }

  startProbe(address: Ipv4): void {
    this.remove(address)
    this.#beingProbed.add(address)
  }

  /** false: it was given to somebody meanwhile, so that what the probe found means nothing. */
  endProbe(address: Ipv4): boolean {
    return this.#beingProbed.delete(address)
  }

  addProven(address: Ipv4, now: number): void {
    this.#proven.delete(address)
    this.#proven.set(address, now)
  }

  /** Nobody's any more. One that is not given unasked is not kept here. */
  add(address: Ipv4): void {
    if (isGivenUnasked(this.#subnet, address)) this.#left.add(address)
  }

  remove(address: Ipv4): void {
    this.#proven.delete(address)
    this.#left.delete(address)
    this.#beingProbed.delete(address)
    if (this.#nextNeverUsed === address) this.#step()
  }

  #step(): void {
    this.#nextNeverUsed = this.#neverUsed.next().value
  }
}

function* addressesOf(subnet: Subnet): Generator<Ipv4, undefined> {
  for (const { first, last } of subnet.ranges) {
    for (let address = first; address <= last; address++) if (isGivenUnasked(subnet, address)) yield address
  }
}
