// Who holds which address of one subnet. No disk, no clock: the time comes in with each call. decide.ts reads, the server applies.
//
//   free --offer--> offered --bind--> bound --release or time--> free again, remembered for its last holder
//                      \--declined, or a probe found it in use--> set aside for some minutes
//
// Always true: one address has at most one record, one client at most one address.
import { FreeAddresses } from './free-addresses.ts'
import type { Ipv4 } from './ipv4.ts'
import { isGivenUnasked, isInRanges, nodeKey, poolSize, type Reservation, type Subnet } from './subnet.ts'

export interface Lease {
  readonly address: Ipv4
  /** The MAC, or "id:" and the client id of a client without one. */
  readonly clientKey: string
  /** declined: a client said that somebody else uses it. in-use: a probe found so. */
  readonly state: 'offered' | 'bound' | 'released' | 'declined' | 'in-use'
  /** Milliseconds of lease time (lease-clock.ts). The address is free for others from then on. */
  readonly endsAt: number
  readonly hostName: string | undefined
  /** Of the card that has it, where the client key is something else. */
  readonly mac?: string | undefined
  /** In which the address is, where that is a virtual one. */
  readonly virtualSubnet?: string | undefined
}

export type Candidate =
  | { readonly kind: 'address'; readonly address: Ipv4 }
  /** Addresses are left, but none that was probed yet. */
  | { readonly kind: 'unproven' }
  | { readonly kind: 'full' }

/** All that a decision may see of the leases. */
export interface LeaseView {
  leaseOf(clientKey: string): Lease | undefined
  leaseAt(address: Ipv4): Lease | undefined
  reservationOf(clientKey: string): Reservation | undefined
  /** Whether this client may have this address now. */
  isFreeFor(clientKey: string, address: Ipv4, now: number): boolean
  /** The address to offer: its own of before, the one it asks for, a fresh one, the longest unused one. */
  candidate(clientKey: string, requested: Ipv4 | undefined, now: number): Candidate
}

const OFFER_MS = 60_000
/** Long enough for the client that found it to get another one; whoever sits there is found again by a probe. */
const ASIDE_MS = 10 * 60_000
/** Of the pool, at most so much is set aside because clients say so: one that always says it must not empty the pool. */
const DECLINED_SHARE = 4
const NOBODY = ''

export class LeaseTable implements LeaseView {
  readonly subnet: Subnet
  #nodeNameOf: (mac: string) => string | undefined
  #byClient = new Map<string, Lease>()
  #byAddress = new Map<Ipv4, Lease>()
  /** Each in the order in which they end, because all of one state last equally long; the first is the next to be free. */
  #byState: Readonly<Record<Lease['state'], Map<Ipv4, Lease>>> = {
    released: new Map(),
    offered: new Map(),
    bound: new Map(),
    declined: new Map(),
    'in-use': new Map(),
  }
  #free: FreeAddresses
  #maxDeclined: number

  /** nodeNameOf tells which node has a MAC now; asked anew each time. */
  constructor(subnet: Subnet, nodeNameOf: (mac: string) => string | undefined = () => undefined) {
    this.subnet = subnet
    this.#nodeNameOf = nodeNameOf
    this.#free = new FreeAddresses(subnet, (address) => this.#byAddress.has(address))
    this.#maxDeclined = Math.max(1, Math.floor(poolSize(subnet) / DECLINED_SHARE))
  }

  leaseOf(clientKey: string): Lease | undefined {
    return this.#byClient.get(clientKey)
  }

  leaseAt(address: Ipv4): Lease | undefined {
    return this.#byAddress.get(address)
  }

  all(): IterableIterator<Lease> {
    return this.#byAddress.values()
  }

  isFreeFor(clientKey: string, address: Ipv4, now: number): boolean {
    const own = this.reservationOf(clientKey)?.address
    // Its own is kept for it; while somebody sits there who may not, it gets another one.
    if (own !== undefined && own !== address && this.#isVacantFor(clientKey, own, now)) return false
    if (own !== address && !isInRanges(this.subnet, address)) return false
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
    if (requested !== undefined && this.#mayBeAskedFor(requested, now) && this.isFreeFor(clientKey, requested, now)) {
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

  bind(
    clientKey: string,
    address: Ipv4,
    leaseSeconds: number,
    hostName: string | undefined,
    now: number,
    mac = clientKey,
  ): Lease {
    const lease = { address, clientKey, state: 'bound', endsAt: now + leaseSeconds * 1000, hostName } as const
    return this.#put(mac === clientKey ? lease : { ...lease, mac })
  }

  /** Also ends an offer that the client did not take. Its last holder is remembered. */
  release(clientKey: string, address: Ipv4, now: number): Lease | undefined {
    const lease = this.#byAddress.get(address)
    if (lease?.clientKey !== clientKey) return undefined
    return this.#put({ ...lease, state: 'released', endsAt: now })
  }

  /** A client said that somebody else uses it (RFC 2131 §4.3.3). */
  setAside(address: Ipv4, now: number): Lease {
    return this.#put({ address, clientKey: NOBODY, state: 'declined', endsAt: now + ASIDE_MS, hostName: undefined })
  }

  /** Puts back what the journal remembers; what is no longer of this subnet's ranges or reservations is left out. */
  restore(lease: Lease): void {
    const isReserved = this.reservationOf(lease.clientKey)?.address === lease.address
    if (isReserved || isInRanges(this.subnet, lease.address)) this.#put(lease)
  }

  /** The next address that the prober is to look at; undefined when there is none. */
  takeToProbe(now: number): Ipv4 | undefined {
    const address = this.#free.peekUnproven() ?? this.#longestUnused(now)
    if (address === undefined) return undefined
    this.#takeFromTurn(address)
    this.#free.startProbe(address)
    return address
  }

  /** Nobody answered for it. */
  addProven(address: Ipv4, now: number): void {
    if (this.#free.endProbe(address)) this.#free.addProven(address, now)
  }

  /** Somebody answered for it; undefined when it was given to a client meanwhile, who may have been the one. */
  setInUse(address: Ipv4, now: number): Lease | undefined {
    if (!this.#free.endProbe(address)) return undefined
    return this.#put({ address, clientKey: NOBODY, state: 'in-use', endsAt: now + ASIDE_MS, hostName: undefined })
  }

  get provenCount(): number {
    return this.#free.provenCount
  }

  #anyAddress(now: number): Candidate {
    const proven = this.#free.peekProven(now)
    if (proven !== undefined) return { kind: 'address', address: proven }
    const unproven = this.#free.peekUnproven() ?? this.#longestUnused(now)
    if (unproven !== undefined && !this.subnet.probesAddresses) return { kind: 'address', address: unproven }
    return { kind: unproven === undefined && !this.#free.isProbing ? 'full' : 'unproven' }
  }

  #longestUnused(now: number): Ipv4 | undefined {
    for (const leases of Object.values(this.#byState)) {
      for (const { address, endsAt } of leases.values()) {
        if (endsAt > now) break
        if (isGivenUnasked(this.subnet, address)) return address
        // It waits for nobody's turn but for those who ask for it.
        leases.delete(address)
      }
    }
    return undefined
  }

  /** Its last holder stays known, but it is no longer the next to be given. */
  #takeFromTurn(address: Ipv4): void {
    const former = this.#byAddress.get(address)
    if (former !== undefined) this.#byState[former.state].delete(address)
  }

  /** An address that nobody probed is not given because somebody asks for it. */
  #mayBeAskedFor(address: Ipv4, now: number): boolean {
    return !this.subnet.probesAddresses || this.#free.isProven(address, now)
  }

  #isVacantFor(clientKey: string, address: Ipv4, now: number): boolean {
    const lease = this.#byAddress.get(address)
    if (lease === undefined || lease.endsAt <= now) return true
    if (lease.clientKey === NOBODY) return false
    return lease.clientKey === clientKey || this.#isOfSameNode(lease.clientKey, clientKey)
  }

  /** Two cards of one node: the one that asks takes over, because a machine boots by one at a time. */
  #isOfSameNode(holder: string, clientKey: string): boolean {
    const reservation = this.reservationOf(clientKey)
    return reservation !== undefined && this.reservationOf(holder) === reservation
  }

  #put(given: Lease): Lease {
    const { virtualSubnet } = this.subnet
    const lease = virtualSubnet === undefined ? given : { ...given, virtualSubnet }
    this.#forget(this.#byAddress.get(lease.address))
    const former = lease.clientKey === NOBODY ? undefined : this.#byClient.get(lease.clientKey)
    this.#forget(former)
    if (former !== undefined) this.#free.add(former.address)
    this.#free.remove(lease.address)
    this.#byAddress.set(lease.address, lease)
    if (lease.clientKey !== NOBODY) this.#byClient.set(lease.clientKey, lease)
    this.#byState[lease.state].set(lease.address, lease)
    this.#limitDeclined()
    return lease
  }

  /** The oldest ones are given again, after a probe where there are any. */
  #limitDeclined(): void {
    for (const lease of this.#byState.declined.values()) {
      if (this.#byState.declined.size <= this.#maxDeclined) return
      this.#forget(lease)
      this.#free.add(lease.address)
    }
  }

  #forget(lease: Lease | undefined): void {
    if (lease === undefined) return
    this.#byAddress.delete(lease.address)
    this.#byState[lease.state].delete(lease.address)
    if (lease.clientKey !== NOBODY) this.#byClient.delete(lease.clientKey)
  }
}
