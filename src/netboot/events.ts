// What happened on the wire, typed and in the past tense. Pure but for the list of listeners.
import type { DhcpMode } from './config.ts'
import type { UnprovenReason } from './token-standing.ts'

/** Each event has where and when it happened; `mac` is there wherever the wire told it. */
export type NetbootEvent = NetbootHappening & { readonly at: string }

export type NetbootHappening =
  | {
      readonly type: 'dhcp.answered'
      readonly interfaceName: string
      readonly mac: string
      /** Who asked, in words: "UEFI x64 firmware", "iPXE 1.21.1", "ordinary DHCP client". */
      readonly client: string
      readonly asked: string
      readonly answered: string
      readonly address: string | undefined
      readonly bootFile: string | undefined
      readonly relayAgentIp: string | undefined
      /** How long the client says that it has been asking (secs). */
      readonly secondsElapsed: number
      readonly why: string
    }
  | {
      readonly type: 'dhcp.ignored'
      readonly interfaceName: string
      readonly mac: string
      readonly client: string
      readonly asked: string
      readonly reason: string
    }
  | { readonly type: 'dhcp.malformed'; readonly interfaceName: string; readonly from: string; readonly message: string }
  /** Read as well as it could be, and answered. Told once for each machine and way of being odd. */
  | {
      readonly type: 'dhcp.odd-option'
      readonly interfaceName: string
      readonly mac: string
      readonly options: readonly string[]
    }
  | { readonly type: 'dhcp.pool-full'; readonly interfaceName: string; readonly network: string; readonly mac: string }
  | { readonly type: 'dhcp.address-declined'; readonly interfaceName: string; readonly mac: string; readonly address: string }
  | { readonly type: 'dhcp.address-found-in-use'; readonly network: string; readonly address: string }
  | {
      readonly type: 'dhcp.foreign-server-seen'
      readonly interfaceName: string
      readonly server: string
      readonly offered: string
      readonly bootFile: string | undefined
    }
  /** The disk lost a line of the lease journal (NETBOOT_LEASES_UNREADABLE). */
  | { readonly type: 'dhcp.lease-lost'; readonly path: string; readonly line: number; readonly reason: string }
  | { readonly type: 'dhcp.started'; readonly interfaceName: string; readonly mode: DhcpMode; readonly address: string }
  /** It vanished, was made anew, or lost its address: nobody is served there until it is back. Told again when the reason changes. */
  | { readonly type: 'dhcp.interface-lost'; readonly interfaceName: string; readonly address: string; readonly reason: string }
  | { readonly type: 'dhcp.interface-back'; readonly interfaceName: string; readonly address: string }
  /** A loader was fetched and never called back: the machine gets the other one. */
  | { readonly type: 'loader.changed'; readonly mac: string; readonly from: string; readonly to: string }
  | {
      readonly type: 'tftp.started'
      readonly from: string
      readonly file: string
      readonly sizeBytes: number
      readonly blockSizeBytes: number
      readonly windowBlocks: number
    }
  | {
      readonly type: 'tftp.finished'
      readonly from: string
      readonly file: string
      readonly sizeBytes: number
      readonly durationMs: number
      readonly resentBlocks: number
    }
  | {
      readonly type: 'tftp.failed'
      readonly from: string
      readonly file: string
      readonly reason: string
      readonly sentBytes: number
    }
  /** The client asked for the size and broke off, as firmware does before it really fetches. */
  | { readonly type: 'tftp.size-told'; readonly from: string; readonly file: string; readonly sizeBytes: number }
  | { readonly type: 'tftp.refused'; readonly from: string; readonly file: string; readonly reason: string }
  | {
      /** By HTTP, or by TFTP where signed GRUB asks. */
      readonly type: 'script.answered'
      readonly from: string
      readonly mac: string
      readonly answer: 'local-disk' | 'boot-os' | 'kernel' | 'wait'
      /** Its script asked once more within one boot. */
      readonly isAgain: boolean
    }
  /** Somebody asked for the script of a machine from an address that was not seen to be its own: no token was given. */
  | { readonly type: 'script.unproven'; readonly from: string; readonly mac: string; readonly reason: UnprovenReason }
  | {
      readonly type: 'http.file-sent'
      readonly from: string
      readonly file: string
      readonly sentBytes: number
      readonly durationMs: number
    }
  | { readonly type: 'http.refused'; readonly from: string; readonly path: string; readonly reason: string }

type Listener = (event: NetbootEvent) => void

export interface NetbootEvents {
  /** Calls the listener for every later event until the returned function is called. A listener must not throw. */
  subscribe(listener: Listener): () => void
  /** The latest events, oldest first. */
  recent(): readonly NetbootEvent[]
}

const KEPT = 2000

export class NetbootEventLog implements NetbootEvents {
  #listeners = new Set<Listener>()
  #ring: NetbootEvent[] = []
  #next = 0
  #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  emit(happening: NetbootHappening): void {
    const event = { ...happening, at: new Date(this.#now()).toISOString() }
    this.#ring[this.#next] = event
    this.#next = (this.#next + 1) % KEPT
    for (const listener of this.#listeners) listener(event)
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  recent(): readonly NetbootEvent[] {
    if (this.#ring.length < KEPT) return [...this.#ring]
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
  }
}
