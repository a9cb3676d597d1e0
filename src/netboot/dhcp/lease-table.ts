// Who holds which address of one subnet. No disk, no clock: the time comes in with each call. decide.ts reads, the server applies.
//
//   free --offer--> offered --bind--> bound --release or time--> free again, remembered for its last holder
//                      \--decline, or found in use--> set aside for a day
//
// Always true: one address has at most one record, one client at most one address.
import type { Ipv4 } from './ipv4.ts'
import { nodeKey, type Range, type Reservation, type Subnet } from './subnet.ts'

export interface Lease {
  readonly address: Ipv4
  /** The MAC, or "id:" and the client id of a client without one. */
  readonly clientKey: string
  readonly state: 'offered' | 'bound' | 'released' | 'declined'
  /** Milliseconds. The address is free for others from then on. */
  readonly endsAt: number
  readonly hostName: string | undefined
}

export type Candidate =
  | { readonly kind: 'address'; readonly address: Ipv4 }
  /** Addresses are left, but none that was probed yet. */
  | { readonly kind: 'unproven' }
  | { readonly kind: 'full' }

/** All that a decision may see of the leases. */
export interface LeaseView {
  leaseOf(clientKey: string): Lease | undefined
  /** Whether this client may have this address now. */
  isFreeFor(clientKey: string, address: Ipv4, now: number): boolean
  /** The address to offer: its own of before, the one it asks for, a fresh one, the longest unused one. */
  candidate(clientKey: string, requested: Ipv4 | undefined, now: number): Candidate
}

const OFFER_MS = 60_000
const ASIDE_MS = 24 * 3600_000
const NOBODY = ''

export class LeaseTable implements LeaseView {
  readonly subnet: Subnet
  #nodeNameOf: (mac: string) => string | undefined
  #byClient = new Map<string, Lease>()
  #byAddress = new Map<Ipv4, Lease>()
  /** Each in the order in which they end, because all of one state last equally long; the first is the next to be free. */
  #byState = {
    released: new Map<Ipv4, Lease>(),
    offered: new Map<Ipv4, Lease>(),
    bound: new Map<Ipv4, Lease>(),
    declined: new Map<Ipv4, Lease>(),
  }
  /** Probed and nobody's yet, in order. */
  #proven = new Set<Ipv4>()
  /** Taken by the prober, which has not said yet what it found. */
  #beingProbed = new Set<Ipv4>()
  #fresh: Iterator<Ipv4, undefined>
  #nextFresh: Ipv4 | undefined

  /** nodeNameOf tells which node has a MAC now; asked anew each time. */
  constructor(subnet: Subnet, nodeNameOf: (mac: string) => string | undefined = () => undefined) {
    this.subnet = subnet
    this.#nodeNameOf = nodeNameOf
    this.#fresh = addressesOf(subnet.ranges)
    this.#nextFresh = this.#fresh.next().value
  }

  leaseOf(clientKey: string): Lease | undefined {
    return this.#byClient.get(clientKey)
  }

  all(): IterableIterator<Lease> {
    return this.#byAddress.values()
  }

  isFreeFor(clientKey: string, address: Ipv4, now: number): boolean {
    const own = this.reservationOf(clientKey)?.address
    // Its own is kept for it; while somebody sits there who may not, it gets another one.
    if (own !== undefined && own !== address && this.#isVacantFor(clientKey, own, now)) return false
    if (own !== address && !this.#isInRange(address)) return false
    return this.#isVacantFor(clientKey, address, now)
  }

  /** The address that is kept for this client, by its own name or by that of the node which it is a card of. */
  reservationOf(clientKey: string): Reservation | undefined {
    const { reservations, reservesForNodes } = this.subnet
    const reserved = reservations.get(clientKey)
    if (reserved !== undefined || !reservesForNodes) return reserved
    const nodeName = this.#nodeNameOf(clientKey)
    return nodeName === undefined ? undefined : reservations.get(nodeKey(nodeName))
  }

  candidate(clientKey: string, requested: Ipv4 | undefined, now: number): Candidate {
    for (const address of [this.reservationOf(clientKey)?.address, this.#byClient.get(clientKey)?.address]) {
      if (address !== undefined && this.isFreeFor(clientKey, address, now)) return { kind: 'address', address }
    }
    if (requested !== undefined && this.#mayBeAskedFor(requested) && this.isFreeFor(clientKey, requested, now)) {
      return { kind: 'address', address: requested }
    }
    return this.#anyAddress(now)
  }

  offer(clientKey: string, address: Ipv4, now: number): void {
    // A bound client that asks again keeps its lease: the offer is for the address it has.
    const held = this.#byClient.get(clientKey)
    if (held?.address === address && held.state === 'bound' && held.endsAt > now) return
    this.#put({ address, clientKey, state: 'offered', endsAt: now + OFFER_MS, hostName: undefined })
  }

  bind(clientKey: string, address: Ipv4, leaseSeconds: number, hostName: string | undefined, now: number): Lease {
    return this.#put({ address, clientKey, state: 'bound', endsAt: now + leaseSeconds * 1000, hostName })
  }

  /** Also ends an offer that the client did not take. Its last holder is remembered. */
  release(clientKey: string, address: Ipv4, now: number): Lease | undefined {
    const lease = this.#byAddress.get(address)
    if (lease?.clientKey !== clientKey || lease.state === 'declined') return undefined
    return this.#put({ ...lease, state: 'released', endsAt: now })
  }

  /** Somebody else uses it: a client said so (RFC 2131 §4.3.3), or a probe. */
  setAside(address: Ipv4, now: number): Lease {
    this.#beingProbed.delete(address)
    return this.#put({ address, clientKey: NOBODY, state: 'declined', endsAt: now + ASIDE_MS, hostName: undefined })
  }

  /** Puts back what the journal remembers; what is no longer of this subnet's ranges or reservations is left out. */
  restore(lease: Lease): void {
    const isReserved = this.reservationOf(lease.clientKey)?.address === lease.address
    if (isReserved || this.#isInRange(lease.address)) this.#put(lease)
  }

  /** The next address that was never used, for the prober; undefined when all were. */
  takeFresh(): Ipv4 | undefined {
    const address = this.#peekFresh()
    this.#stepFresh()
    if (address !== undefined) this.#beingProbed.add(address)
    return address
  }

  addProven(address: Ipv4): void {
    this.#beingProbed.delete(address)
    this.#proven.add(address)
  }

  get provenCount(): number {
    return this.#proven.size
  }

  #anyAddress(now: number): Candidate {
    const proven = this.#peekProven()
    if (proven !== undefined) return { kind: 'address', address: proven }
    const fresh = this.#peekFresh()
    if (fresh !== undefined && !this.subnet.probesAddresses) return { kind: 'address', address: fresh }
    const unused = this.#longestUnused(now)
    if (unused !== undefined) return { kind: 'address', address: unused }
    return { kind: fresh === undefined && this.#beingProbed.size === 0 ? 'full' : 'unproven' }
  }

  #longestUnused(now: number): Ipv4 | undefined {
    for (const leases of Object.values(this.#byState)) {
      const first = leases.values().next().value
      if (first !== undefined && first.endsAt <= now && !this.subnet.excluded.has(first.address)) return first.address
    }
    return undefined
  }

  #peekProven(): Ipv4 | undefined {
    for (const address of this.#proven) {
      if (!this.#byAddress.has(address)) return address
      this.#proven.delete(address)
    }
    return undefined
  }

  #peekFresh(): Ipv4 | undefined {
    while (this.#nextFresh !== undefined && (this.#byAddress.has(this.#nextFresh) || this.subnet.excluded.has(this.#nextFresh))) {
      this.#stepFresh()
    }
    return this.#nextFresh
  }

  #stepFresh(): void {
    this.#nextFresh = this.#fresh.next().value
  }

  /** An address that nobody probed is not given because somebody asks for it. */
  #mayBeAskedFor(address: Ipv4): boolean {
    return !this.subnet.probesAddresses || this.#byAddress.has(address)
  }

  #isVacantFor(clientKey: string, address: Ipv4, now: number): boolean {
    const lease = this.#byAddress.get(address)
    if (lease === undefined || lease.endsAt <= now) return true
    if (lease.state === 'declined') return false
    return lease.clientKey === clientKey || this.#isOfSameNode(lease.clientKey, clientKey)
  }

  /** Two cards of one node: the one that asks takes over, because a machine boots by one at a time. */
  #isOfSameNode(holder: string, clientKey: string): boolean {
    const reservation = this.reservationOf(clientKey)
    return reservation !== undefined && this.reservationOf(holder) === reservation
  }

  #isInRange(address: Ipv4): boolean {
    if (this.subnet.excluded.has(address)) return false
    return this.subnet.ranges.some(({ first, last }) => address >= first && address <= last)
  }

  #put(lease: Lease): Lease {
    this.#forget(this.#byAddress.get(lease.address))
    const former = lease.clientKey === NOBODY ? undefined : this.#byClient.get(lease.clientKey)
    this.#forget(former)
    // What this client leaves behind was in use a moment ago: as good as a probed one.
    if (former !== undefined) this.#proven.add(former.address)
    this.#byAddress.set(lease.address, lease)
    if (lease.clientKey !== NOBODY) this.#byClient.set(lease.clientKey, lease)
    this.#byState[lease.state].set(lease.address, lease)
    return lease
  }

  #forget(lease: Lease | undefined): void {
    if (lease === undefined) return
    this.#byAddress.delete(lease.address)
    this.#byState[lease.state].delete(lease.address)
    this.#byClient.delete(lease.clientKey)
  }
}

function* addressesOf(ranges: readonly Range[]): Generator<Ipv4, undefined> {
  for (const { first, last } of ranges) {
    for (let address = first; address <= last; address++) yield address
  }
}
