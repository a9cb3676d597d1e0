// Which MAC asked another DHCP server for which address, as relays tell that the settings trust. In memory, bounded.
import type { Ipv4 } from '../dhcp/ipv4.ts'
import { OPTION } from '../dhcp/option-codes.ts'
import { readIpv4 } from '../dhcp/option-values.ts'
import { type DhcpPacket, messageName } from '../dhcp/packet.ts'

/** As many machines as one appliance is asked by; the oldest word gives way. */
const MOST_REMEMBERED = 20_000
/** Longer than a boot takes, shorter than an address usually stays unused. */
const BELIEVED_MS = 6 * 3600_000

export class HeardAddresses {
  readonly #byAddress = new Map<Ipv4, { readonly mac: string; readonly at: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** from: who sent the datagram. Only the relay's own word counts, and never of its own address: anybody may write a packet. */
  note(packet: DhcpPacket, mac: string, from: Ipv4, trustedRelays: ReadonlySet<Ipv4>): void {
    const relay = packet.relayAgentIp
    if (packet.op !== 'request' || messageName(packet) !== 'request' || relay !== from || !trustedRelays.has(relay)) return
    const asked = packet.clientIp !== 0 ? packet.clientIp : readIpv4(packet.options, OPTION.requestedIp)
    if (asked === undefined || asked === 0 || asked === relay) return
    this.#byAddress.delete(asked)
    if (this.#byAddress.size >= MOST_REMEMBERED) this.#byAddress.delete(this.#byAddress.keys().next().value!)
    this.#byAddress.set(asked, { mac, at: this.#now() })
  }

  macAt(address: Ipv4): string | undefined {
    const heard = this.#byAddress.get(address)
    return heard !== undefined && this.#now() - heard.at < BELIEVED_MS ? heard.mac : undefined
  }
}
