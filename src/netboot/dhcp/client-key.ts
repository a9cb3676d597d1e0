// Under which name the leases know a client. Pure.
import { Buffer } from 'node:buffer'
import type { DhcpClient } from './client.ts'
import type { LeaseView } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import type { DhcpPacket } from './packet.ts'
import { idText } from './relay-information.ts'
import { holderKey, type Subnet } from './subnet.ts'

/**
 * Leases belong to the hardware address, not to the client id as RFC 2131 §4.2 has it: firmware, iPXE and the boot OS of one
 * machine send three different ids, and firmware with a copied UUID sends the same one from two machines. Unless an address is kept
 * for the client id, or for whatever is behind a port of a switch. undefined: the client tells nothing by which it could be known.
 */
export function clientKey(packet: DhcpPacket, client: DhcpClient, subnet: Subnet, leases: LeaseView): string | undefined {
  const { mac } = client
  const idKey = clientIdKey(packet)
  if (idKey !== undefined && (mac === '' || subnet.reservations.has(idKey))) return idKey
  if (mac === '' || leases.reservationOf(mac) !== undefined) return mac === '' ? undefined : mac
  return portKeys(client).find((key) => subnet.reservations.has(key)) ?? holderBehindPort(packet, mac, leases) ?? mac
}

const MAX_ID_BYTES = 255

function clientIdKey({ options }: DhcpPacket): string | undefined {
  const id = options.get(OPTION.clientId)?.subarray(0, MAX_ID_BYTES)
  return id === undefined || id.length === 0 ? undefined : `id:${Buffer.from(id).toString('hex')}`
}

/** By which a reservation may name where it is, the most exact one first. */
function portKeys({ relay }: DhcpClient): readonly string[] {
  if (relay === undefined) return []
  const circuitId = relay.circuitId && idText(relay.circuitId)
  const remoteId = relay.remoteId && idText(relay.remoteId)
  return [{ circuitId, remoteId }, { circuitId }, { remoteId }].map(holderKey)
}

/** Who renews or gives back does so past the switch, which then adds nothing: the card that has the address is known. */
function holderBehindPort({ clientIp }: DhcpPacket, mac: string, leases: LeaseView): string | undefined {
  const lease = clientIp === 0 ? undefined : leases.leaseAt(clientIp)
  return lease?.mac === mac ? lease.clientKey : undefined
}
