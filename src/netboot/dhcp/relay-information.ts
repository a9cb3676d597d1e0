// What relays and switches on the way add: option 82 (RFC 3046), all sub-options in one place. Pure.
import { Buffer } from 'node:buffer'
import type { Ipv4 } from './ipv4.ts'
import { OPTION } from './option-codes.ts'
import { latin1 } from './option-values.ts'
import type { DhcpOptions } from './options.ts'

const SUB_OPTION = {
  circuitId: 1,
  remoteId: 2,
  linkSelection: 5,
  serverIdOverride: 11,
  sourcePort: 19,
  virtualSubnet: 151,
  virtualSubnetControl: 152,
} as const

export interface RelayInformation {
  /** Which port of the switch, in whatever form its maker chose. */
  readonly circuitId: Uint8Array | undefined
  /** Which switch. */
  readonly remoteId: Uint8Array | undefined
  /** The network that the client is in, where the relay's own address is of another one (RFC 3527). */
  readonly linkSelection: Ipv4 | undefined
  /** The relay wants to stand as the server, so that renewals come by it too (RFC 5107). */
  readonly serverIdOverride: Ipv4 | undefined
  /** Answers go to the port that the relay sent from (RFC 8357). */
  readonly hasOwnPort: boolean
  /** Name or VPN id of the client's network, where addresses mean different hosts in different ones (RFC 6607). */
  readonly virtualSubnet: string | undefined
}

/** undefined when nobody on the way added any. What is no clean list is read as far as it goes. */
export function relayInformation(options: DhcpOptions): RelayInformation | undefined {
  const bytes = options.get(OPTION.relayAgentInformation)
  if (bytes === undefined) return undefined
  const found = subOptions(bytes)
  return {
    circuitId: notEmpty(found.get(SUB_OPTION.circuitId)),
    remoteId: notEmpty(found.get(SUB_OPTION.remoteId)),
    linkSelection: address(found.get(SUB_OPTION.linkSelection)),
    serverIdOverride: address(found.get(SUB_OPTION.serverIdOverride)),
    hasOwnPort: found.has(SUB_OPTION.sourcePort),
    virtualSubnet: virtualSubnet(found.get(SUB_OPTION.virtualSubnet)),
  }
}

/** What goes back when its virtual subnet was heeded: without the sub-option by which relays see that it was not (RFC 6607 §3.1). */
export function withoutVirtualSubnetControl(bytes: Uint8Array): Uint8Array {
  const kept = [...subOptions(bytes)].filter(([code]) => code !== SUB_OPTION.virtualSubnetControl)
  const parts = kept.flatMap(([code, value]) => [code, value.length, ...value])
  return Uint8Array.from(parts)
}

/** As people write it in a configuration: the text itself, or its bytes as 0x… where it is none. */
export function idText(bytes: Uint8Array): string {
  const text = latin1(bytes)
  return /^(?!0x)[!-~](?:[ -~]*[!-~])?$/i.test(text) ? text : `0x${Buffer.from(bytes).toString('hex')}`
}

/** One spelling for each id, whichever way it was written. */
export function normaliseId(written: string): string {
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(written)?.[1]
  return hex === undefined ? written : idText(Buffer.from(hex, 'hex'))
}

/** Neither PAD nor END here (RFC 3046 §2.0). The first of a code counts; of one that is cut off, what is there. */
function subOptions(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  for (let at = 0; at + 1 < bytes.length; ) {
    const [code, length] = [bytes[at]!, bytes[at + 1]!]
    if (!found.has(code)) found.set(code, bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return found
}

/** Only of its own size: a network or server that nobody means would cost the answer. 0.0.0.0 is none. */
function address(value: Uint8Array | undefined): Ipv4 | undefined {
  if (value?.length !== 4) return undefined
  const found = ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0
  return found === 0 ? undefined : found
}

function notEmpty(value: Uint8Array | undefined): Uint8Array | undefined {
  return value?.length === 0 ? undefined : value
}

const VPN_NAME = 0
const GLOBAL = 255

/** Its first byte tells the kind (RFC 6607 §3.5): a name, seven bytes of an id, or the network that has no name. */
function virtualSubnet(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length < 2 || value[0] === GLOBAL) return undefined
  const rest = value.subarray(1)
  return value[0] === VPN_NAME ? idText(rest) : `0x${Buffer.from(rest).toString('hex')}`
}
