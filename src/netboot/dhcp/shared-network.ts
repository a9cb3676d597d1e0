// Which of the subnets on one wire a client gets its answer from. Pure.
import type { DhcpClient } from './client.ts'
import { clientKey } from './client-key.ts'
import { contains } from './ipv4.ts'
import type { LeaseTable } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4 } from './option-values.ts'
import type { DhcpPacket, MessageName } from './packet.ts'

export interface PickInput {
  /** The subnet that the packet comes from, then the others on the same wire. */
  readonly tables: readonly LeaseTable[]
  readonly packet: DhcpPacket
  readonly message: MessageName
  readonly client: DhcpClient
  readonly now: number
}

/** The one that the client has an address of, or names one of; else the first that has one left for it. */
export function pickTable(input: PickInput): LeaseTable | undefined {
  const { tables, packet, message, client, now } = input
  if (tables.length <= 1) return tables[0]
  const requested = readIpv4(packet.options, OPTION.requestedIp)
  const named = packet.clientIp === 0 ? requested : packet.clientIp
  const holding = tables.find(({ subnet }) => named !== undefined && contains(subnet.network, named))
  if (message !== 'discover' && holding !== undefined) return holding
  const keyed = tables.map((table) => ({ table, key: clientKey(packet, client, table.subnet, table) ?? '' }))
  const known =
    keyed.find(({ table, key }) => table.reservationOf(key) !== undefined) ??
    keyed.find(({ table, key }) => (table.leaseOf(key)?.endsAt ?? 0) > now)
  if (known !== undefined) return known.table
  const kindOf = ({ table, key }: (typeof keyed)[number]) => table.candidate(key, requested, now).kind
  const inOrder = keyed.toSorted((one, other) => Number(other.table === holding) - Number(one.table === holding))
  const found = inOrder.find((one) => kindOf(one) === 'address') ?? inOrder.find((one) => kindOf(one) === 'unproven')
  return found?.table ?? tables[0]
}
