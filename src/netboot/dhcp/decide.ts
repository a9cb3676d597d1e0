// What to answer a DHCP packet. Pure: packet, client, leases and time in; answer and lease change out.
import type { BootOffer } from './boot-offer.ts'
import { decideAddress } from './decide-address.ts'
import type { DecideInput, Decision } from './decision.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4 } from './option-values.ts'

export function decide(input: DecideInput): Decision {
  if (input.isBootServerRequest) return decideBootServer(input)
  return input.mode === 'proxy' ? decideProxy(input) : decideAddress(input)
}

/** Beside the site's own DHCP server: no address ever, and a word only to those who boot. */
function decideProxy({ message, boot }: DecideInput): Decision {
  if (boot.kind === 'none') return { kind: 'ignore', reason: boot.reason }
  if (message !== 'discover') return { kind: 'ignore', reason: `a ${message} is for the server that gives the address` }
  return bootOnly('offer', boot, 'proxy offer beside the site’s DHCP server')
}

/** Port 4011 (PXE 2.1 §2.2.5): firmware asks with REQUEST, some of it with DISCOVER or INFORM. */
function decideBootServer({ packet, message, boot, serverIp }: DecideInput): Decision {
  if (boot.kind === 'none') return { kind: 'ignore', reason: boot.reason }
  if (message !== 'request' && message !== 'discover' && message !== 'inform')
    return { kind: 'ignore', reason: `a ${message} on port 4011` }
  const asked = readIpv4(packet.options, OPTION.serverId)
  if (asked !== undefined && asked !== serverIp) return { kind: 'ignore', reason: 'meant for another boot server' }
  return bootOnly('ack', boot, 'boot server request on port 4011')
}

function bootOnly(message: 'offer' | 'ack', boot: BootOffer, why: string): Decision {
  return { kind: 'reply', message, address: 0, leaseSeconds: undefined, boot, change: undefined, why }
}
