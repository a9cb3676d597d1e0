// Who may have a transfer. Pure but for what it remembers.
//
// Two pools. A request comes from whoever says so: until its first ACK it is half-open, in a pool of its own where the oldest goes for
// the newest, so that forged requests keep nobody waiting. What was acknowledged once is a transfer; when all places are taken, one whose client
// has fallen silent goes for one that is there.

import type { Refusal } from './refusals.ts'

export interface PoolLimits {
  readonly maxTransfers: number
  readonly maxTransfersPerClient: number
}

export interface PoolMember {
  /** The client's. */
  readonly address: string
  /** How often in a row it did not answer in time. */
  readonly silences: number
}

export type Proven<Member> =
  | { readonly kind: 'admitted'; readonly insteadOf: Member | undefined }
  | { readonly kind: 'refused'; readonly reason: Refusal }

/** A rack that is switched on at once has fewer that did not answer yet. */
const MAX_HALF_OPEN = 256
/** A client that was silent three times in a row has lost more than one packet. */
const SILENT = 3

export class TransferPools<Member extends PoolMember> {
  readonly #limits: PoolLimits
  /** The oldest first. */
  readonly #halfOpen = new Places<Member>()
  readonly #transfers = new Places<Member>()

  constructor(limits: PoolLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#transfers.size + this.#halfOpen.size
  }

  /** For a request that is new; why it is refused, or undefined. */
  refusalOf(address: string): Refusal | undefined {
    if (this.#transfers.countOf(address) < this.#limits.maxTransfersPerClient) return undefined
    return 'busy-client'
  }

  /** Takes it in, half-open. What is returned has to end: of one address no more than it may have transfers. */
  open(member: Member): Member | undefined {
    const ownOldest = this.#halfOpen.oldestOf(member.address)
    const isOwnFull = this.#halfOpen.countOf(member.address) >= this.#limits.maxTransfersPerClient
    const goes = isOwnFull ? ownOldest : this.#halfOpen.size >= MAX_HALF_OPEN ? this.#halfOpen.oldest : undefined
    if (goes !== undefined) this.#halfOpen.delete(goes)
    this.#halfOpen.add(member)
    return goes
  }

  /** Its client has acknowledged something. */
  prove(member: Member): Proven<Member> {
    this.#halfOpen.delete(member)
    const refusal = this.refusalOf(member.address)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal }
    const isFull = this.#transfers.size >= this.#limits.maxTransfers
    const insteadOf = isFull ? this.#transfers.find(({ silences }) => silences >= SILENT) : undefined
    if (isFull && insteadOf === undefined) return { kind: 'refused', reason: 'busy' }
    if (insteadOf !== undefined) this.#transfers.delete(insteadOf)
    this.#transfers.add(member)
    return { kind: 'admitted', insteadOf }
  }

  /** It has ended. May be called for what is not there. */
  close(member: Member): void {
    this.#halfOpen.delete(member)
    this.#transfers.delete(member)
  }

  all(): readonly Member[] {
    return [...this.#halfOpen.all(), ...this.#transfers.all()]
  }
}

/** Members in the order in which they came, and by address. */
class Places<Member extends PoolMember> {
  readonly #all = new Set<Member>()
  readonly #byAddress = new Map<string, Set<Member>>()

  get size(): number {
    return this.#all.size
  }

  countOf(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0
  }

  get oldest(): Member | undefined {
    const [oldest] = this.#all
    return oldest
  }

  oldestOf(address: string): Member | undefined {
    const [oldest] = this.#byAddress.get(address) ?? []
    return oldest
  }

  find(isWanted: (member: Member) => boolean): Member | undefined {
    for (const member of this.#all) if (isWanted(member)) return member
    return undefined
  }

  all(): Iterable<Member> {
    return this.#all
  }

  add(member: Member): void {
    this.#all.add(member)
    const ofAddress = this.#byAddress.get(member.address) ?? new Set()
    this.#byAddress.set(member.address, ofAddress.add(member))
  }

  delete(member: Member): void {
    if (!this.#all.delete(member)) return
    const ofAddress = this.#byAddress.get(member.address)
    ofAddress?.delete(member)
    if (ofAddress?.size === 0) this.#byAddress.delete(member.address)
  }
}
