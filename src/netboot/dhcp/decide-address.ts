// The half of the decision that hands out addresses (RFC 2131 §4.3). Pure.
import { clientKey } from './client-key.ts'
import type { DecideInput, Decision } from './decision.ts'
import { contains, formatIpv4, formatNetwork, type Ipv4 } from './ipv4.ts'
import type { LeaseView } from './lease-table.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4 } from './option-values.ts'
import type { Subnet } from './subnet.ts'

/** With the parts that are there for sure. */
interface Asked {
  readonly input: DecideInput
  readonly subnet: Subnet
  readonly leases: LeaseView
  readonly key: string
}

export function decideAddress(input: DecideInput): Decision {
  const { message, subnet, leases } = input
  if (subnet === undefined || leases === undefined) return { kind: 'ignore', reason: 'its network is none of those served here' }
  const key = clientKey(input.packet, input.client, subnet, leases)
  if (key === undefined) return { kind: 'ignore', reason: 'it tells neither a hardware address nor a client id' }
  const asked = { input, subnet, leases, key }
  switch (message) {
    case 'discover':
      return onDiscover(asked)
    case 'request':
      return onRequest(asked)
    case 'decline':
      return onDecline(asked)
    case 'release':
      return onRelease(asked)
    case 'inform':
      return { ...reply(asked, 'ack', 0, 'has an address, asks for the rest'), leaseSeconds: undefined }
    case 'offer':
    case 'ack':
    case 'nak':
      return { kind: 'ignore', reason: `a ${message} comes from a server` }
  }
}

function onDiscover(asked: Asked): Decision {
  const { input, leases, key } = asked
  const candidate = leases.candidate(key, readIpv4(input.packet.options, OPTION.requestedIp), input.now)
  switch (candidate.kind) {
    case 'full':
      return { kind: 'pool-full' }
    case 'unproven':
      return { kind: 'wait-for-address' }
    case 'address': {
      const isKnown = leases.leaseOf(key)?.address === candidate.address
      const why = isKnown ? 'the address it had' : 'a free address'
      return {
        ...reply(asked, 'offer', candidate.address, why),
        change: { do: 'offer', clientKey: key, address: candidate.address },
      }
    }
  }
}

/** The four states of RFC 2131 §4.3.2, told apart by server id, requested address and ciaddr. */
function onRequest(asked: Asked): Decision {
  const { packet, serverIp, client } = asked.input
  const chosenServer = readIpv4(packet.options, OPTION.serverId)
  const requested = readIpv4(packet.options, OPTION.requestedIp)
  // The name that we had in our offer where a relay stands as the server (RFC 5107); other servers behind it have the same one.
  const isOurs = chosenServer === serverIp || chosenServer === client.relay?.serverIdOverride
  if (chosenServer !== undefined) return isOurs ? onSelecting(asked, requested) : onOtherChosen(asked, chosenServer)
  if (requested !== undefined && packet.clientIp === 0) return onRemembered(asked, requested, 'init-reboot')
  if (packet.clientIp !== 0) return onRemembered(asked, packet.clientIp, 'renewing')
  return { kind: 'ignore', reason: 'the request names neither a server nor an address' }
}

function onOtherChosen({ leases, key }: Asked, chosen: Ipv4): Decision {
  const offered = leases.leaseOf(key)
  return {
    kind: 'ignore',
    reason: `it chose the server ${formatIpv4(chosen)}`,
    change: offered?.state === 'offered' ? { do: 'release', clientKey: key, address: offered.address } : undefined,
  }
}

function onSelecting(asked: Asked, requested: Ipv4 | undefined): Decision {
  const { input, leases, key } = asked
  const held = leases.leaseOf(key)
  // It names us and no address that could be read: it means what it was offered.
  const address = requested ?? (input.packet.clientIp === 0 ? (held?.address ?? 0) : input.packet.clientIp)
  if (held?.address === address && leases.isFreeFor(key, address, input.now)) return bind(asked, address, 'takes the offer')
  // The offer was made before a restart, or ran out: as long as nobody else has the address, keep the word.
  if (held === undefined && address !== 0 && leases.isFreeFor(key, address, input.now))
    return bind(asked, address, 'takes an offer of before')
  const isNamedAlone = readIpv4(input.packet.options, OPTION.serverId) === input.serverIp
  if (isNamedAlone || contains(asked.subnet.network, address)) return nak(asked, `${formatIpv4(address)} was not offered to it`)
  return { kind: 'ignore', reason: `${formatIpv4(address)} is of another server behind the same relay` }
}

/** init-reboot, renewing, rebinding: the client believes that it holds the address. */
function onRemembered(asked: Asked, address: Ipv4, state: 'init-reboot' | 'renewing'): Decision {
  const { input, subnet, leases, key } = asked
  if (!contains(subnet.network, address)) return onForeignAddress(asked, address)
  const held = leases.leaseOf(key)
  if (held?.address === address)
    return leases.isFreeFor(key, address, input.now)
      ? bind(asked, address, state)
      : nak(asked, `${formatIpv4(address)} is not free for it any more`)
  const isBoundElsewhere = held?.state === 'bound' && held.endsAt > input.now
  if (isBoundElsewhere) return nak(asked, `it holds ${formatIpv4(held.address)}, not ${formatIpv4(address)}`)
  // What is known of it has run out, or was only offered: another server may have given it this address since.
  if (!subnet.isAuthoritative)
    return { kind: 'ignore', reason: `no record of ${formatIpv4(address)}: another server may have one` }
  return leases.isFreeFor(key, address, input.now)
    ? bind(asked, address, state)
    : nak(asked, `${formatIpv4(address)} is not free`)
}

/**
 * An address of another network. On this very wire another server may have given it, and a refusal would take it away from a machine
 * that runs; a relay says for sure where the client is, and there that address is wrong (RFC 2131 §4.3.2).
 */
function onForeignAddress(asked: Asked, address: Ipv4): Decision {
  const { subnet, input } = asked
  const why = `${formatIpv4(address)} is not of ${formatNetwork(subnet.network)}`
  if (subnet.isAuthoritative || input.packet.relayAgentIp !== 0) return nak(asked, why)
  return { kind: 'ignore', reason: `${why}: another server may have given it` }
}

function onDecline({ input, subnet, key }: Asked): Decision {
  const address = readIpv4(input.packet.options, OPTION.requestedIp)
  if (address === undefined || !contains(subnet.network, address))
    return { kind: 'ignore', reason: 'it declines no address of ours' }
  const held = input.leases?.leaseOf(key)
  // Only the holder may take an address out of use, or one machine could empty the pool.
  if (held?.address !== address) return { kind: 'ignore', reason: `it declines ${formatIpv4(address)}, which it was not given` }
  return {
    kind: 'ignore',
    reason: 'somebody else uses the address; set aside',
    change: { do: 'set-aside', clientKey: key, address },
  }
}

function onRelease({ input, leases, key }: Asked): Decision {
  const address = input.packet.clientIp
  if (leases.leaseOf(key)?.address !== address)
    return { kind: 'ignore', reason: `it releases ${formatIpv4(address)}, which it does not hold` }
  return { kind: 'ignore', reason: 'released', change: { do: 'release', clientKey: key, address } }
}

type Reply = Extract<Decision, { kind: 'reply' }>

function bind(asked: Asked, address: Ipv4, why: string): Reply {
  return { ...reply(asked, 'ack', address, why), change: { do: 'bind', clientKey: asked.key, address } }
}

function nak(asked: Asked, why: string): Reply {
  return { ...reply(asked, 'nak', 0, why), leaseSeconds: undefined, boot: undefined }
}

function reply({ input, subnet }: Asked, message: 'offer' | 'ack' | 'nak', address: Ipv4, why: string): Reply {
  return { kind: 'reply', message, address, leaseSeconds: subnet.leaseSeconds, boot: input.boot, change: undefined, why }
}
