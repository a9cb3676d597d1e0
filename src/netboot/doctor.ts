// What the events of the last while say about the network, and what to do about it. Pure: events and probes in, findings out.
import type { Finding } from '../contract/doctor.ts'
import type { DhcpMode } from './config.ts'
import type { NetbootEvent } from './events.ts'
import { splitLoaderPath } from './loader-path.ts'
import { UNPROVEN } from './token-standing.ts'

export interface DoctorInput {
  /** Oldest first. */
  readonly events: readonly NetbootEvent[]
  readonly interfaces: readonly ServedInterface[]
  /** Names of the files in loaders/. */
  readonly loaders: readonly string[]
  readonly now: number
}

interface ServedInterface {
  readonly name: string
  readonly mode: DhcpMode
  readonly address: string
  /** Why nobody is served there at the moment. */
  readonly trouble?: string | undefined
}

type EventOf<Type extends NetbootEvent['type']> = Extract<NetbootEvent, { type: Type }>

export function diagnose(input: DoctorInput): readonly Finding[] {
  return [
    ...input.interfaces.flatMap(lost),
    ...input.interfaces.flatMap((one) => [...otherServers(one, input), ...silence(one, input)]),
    ...loaderFiles(input),
    ...ignoredOffers(input),
    ...unservedNetworks(input),
    ...lateFirstPackets(input),
    ...addresses(input),
    ...lostLeases(input),
    ...oddOptions(input),
    ...unprovenMachines(input),
    ...loadersWithoutCallBack(input),
    ...transfers(input),
    ...bootLoops(input),
  ]
}

function eventsOf<Type extends NetbootEvent['type']>({ events }: DoctorInput, type: Type): readonly EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type)
}

function lost({ name, address, trouble }: ServedInterface): readonly Finding[] {
  if (trouble === undefined) return []
  return [
    problem(
      name,
      `nobody is served there: ${trouble}`,
      `Bring it back with its address: \`ip -brief address show ${name}\` tells what it has, \`ip address add ${address}/24 dev ${name}\` gives one. It is opened anew by itself.`,
    ),
  ]
}

function lostLeases(input: DoctorInput): readonly Finding[] {
  return eventsOf(input, 'dhcp.lease-lost').map(({ path, line, reason }) =>
    problem(
      path,
      `line ${line} is lost: ${reason}`,
      'Check the disk. The machine that had the lease gets an address when it asks; nothing else needs doing.',
    ),
  )
}

function otherServers({ name, mode }: ServedInterface, input: DoctorInput): readonly Finding[] {
  if (mode === 'off') return []
  const seen = new Map(
    eventsOf(input, 'dhcp.foreign-server-seen')
      .filter((event) => event.interfaceName === name)
      .map((event) => [event.server, event]),
  )
  if (mode === 'proxy' && seen.size === 0) {
    return [
      problem(
        name,
        'no other DHCP server answers, and proxy mode gives no addresses',
        'Start the site’s DHCP server or its relay, or set the mode of this interface to server.',
      ),
    ]
  }
  return [...seen.values()].map(({ server, offered, bootFile }) => {
    const what = `the DHCP server ${server} answers too, with ${offered}${bootFile === undefined ? '' : ` and the boot file ${bootFile}`}`
    if (mode === 'proxy' && bootFile === undefined) return good(name, what)
    const advice =
      mode === 'proxy'
        ? 'It tells machines a boot file of its own: remove its options 66 and 67 (next-server, filename).'
        : 'Two servers hand out addresses here: switch that one off, or set the mode of this interface to proxy.'
    return problem(name, what, advice)
  })
}

const QUIET_MS = 10 * 60_000

function silence({ name, mode }: ServedInterface, { events, now }: DoctorInput): readonly Finding[] {
  const started = events.findLast((event) => event.type === 'dhcp.started' && event.interfaceName === name)
  if (mode === 'off' || started === undefined || now - Date.parse(started.at) < QUIET_MS) return []
  const hasHeard = events.some(
    (event) => (event.type === 'dhcp.answered' || event.type === 'dhcp.ignored') && event.interfaceName === name,
  )
  if (hasHeard) return []
  return [
    notice(
      name,
      `not one DHCP request was heard since ${started.at}`,
      'Is a machine set to boot from this network? In another VLAN it needs a relay (IP helper) that points here; see docs/netboot.md.',
    ),
  ]
}

const NEEDED = ['undionly.kpxe', 'snponly-x64.efi']

function loaderFiles({ loaders }: DoctorInput): readonly Finding[] {
  return NEEDED.filter((file) => !loaders.includes(file)).map((file) =>
    problem(file, 'this loader is missing', 'Run `platen boot build`.'),
  )
}

const MANY_OFFERS = 3

/** Offered again and again, and never taken up: the client wants something else, or takes somebody else's. */
function ignoredOffers(input: DoctorInput): readonly Finding[] {
  const offers = new Map<string, EventOf<'dhcp.answered'>[]>()
  for (const event of eventsOf(input, 'dhcp.answered')) {
    if (event.answered === 'offer') offers.set(event.mac, [...(offers.get(event.mac) ?? []), event])
    else offers.delete(event.mac)
  }
  return [...offers.values()]
    .filter((ignored) => ignored.length >= MANY_OFFERS)
    .map((ignored) => {
      const { mac, client, relayAgentIp } = ignored.at(-1)!
      const advice =
        relayAgentIp === undefined
          ? 'Is there a second DHCP server, or a firewall between? Some firmware takes no proxy offers: then set options 66 and 67 on the site’s server.'
          : `Does the relay ${relayAgentIp} let replies through to this network?`
      return problem(mac, `${ignored.length} offers to ${client} and not one was taken up`, advice)
    })
}

function unservedNetworks(input: DoctorInput): readonly Finding[] {
  const unserved = eventsOf(input, 'dhcp.ignored').filter(({ reason }) => reason.startsWith('its network is none'))
  return [...new Set(unserved.map(({ mac }) => mac))].map((mac) =>
    problem(mac, 'asks from a network that has no subnet here', 'Add the subnet of its relay to the configuration.'),
  )
}

const LATE_SECONDS = 8

/** The client counts how long it has been trying: much of that before we heard it at all is a port that was still closed. */
function lateFirstPackets(input: DoctorInput): readonly Finding[] {
  const first = new Map<string, EventOf<'dhcp.answered'>>()
  for (const event of eventsOf(input, 'dhcp.answered')) {
    if (event.asked === 'discover' && !first.has(event.mac)) first.set(event.mac, event)
  }
  return [...first.values()]
    .filter(({ secondsElapsed }) => secondsElapsed >= LATE_SECONDS)
    .map(({ mac, secondsElapsed }) =>
      notice(
        mac,
        `was first heard ${secondsElapsed} s after it had begun to ask`,
        'The switch port opens late (spanning tree): set it to edge or PortFast, and LACP to passive or with fallback.',
      ),
    )
}

function addresses(input: DoctorInput): readonly Finding[] {
  const full = eventsOf(input, 'dhcp.pool-full').at(-1)
  const inUse = new Set(
    [...eventsOf(input, 'dhcp.address-found-in-use'), ...eventsOf(input, 'dhcp.address-declined')].map(({ address }) => address),
  )
  return [
    ...(full === undefined
      ? []
      : [
          problem(
            full.network,
            `every address is in use; ${full.mac} got none`,
            'Widen the ranges of this network, or shorten its lease time.',
          ),
        ]),
    ...[...inUse].map((address) =>
      notice(
        address,
        'somebody uses this address without a lease',
        'Take it out of the range, or give that machine a reservation.',
      ),
    ),
  ]
}

function oddOptions(input: DoctorInput): readonly Finding[] {
  const latest = new Map(eventsOf(input, 'dhcp.odd-option').map((event) => [event.mac, event]))
  return [...latest.values()].map(({ mac, options }) =>
    notice(
      mac,
      `sends DHCP options that are odd, and is answered even so: ${options.join('; ')}`,
      'Update its firmware, or the relay or switch on the way that adds option 82.',
    ),
  )
}

/** The last word about each: a machine whose address was proven since is none. */
function unprovenMachines(input: DoctorInput): readonly Finding[] {
  const last = new Map<string, EventOf<'script.unproven'>>()
  let unproven: EventOf<'script.unproven'> | undefined
  for (const event of input.events) {
    if (event.type === 'script.unproven') {
      unproven = event
      last.set(event.mac, event)
    }
    // The answer follows at once; one that stands alone was given to a machine that is proven.
    if (event.type === 'script.answered') {
      if (unproven?.mac !== event.mac || unproven.from !== event.from) last.delete(event.mac)
      unproven = undefined
    }
  }
  return [...last.values()].map(({ mac, from, reason }) =>
    problem(mac, `gets no boot token at ${from}: ${UNPROVEN[reason].seen}`, UNPROVEN[reason].advice),
  )
}

const CALL_BACK_MS = 60_000

function loadersWithoutCallBack(input: DoctorInput): readonly Finding[] {
  const waiting = new Map<string, EventOf<'tftp.finished' | 'http.file-sent'>>()
  for (const event of input.events) {
    if (event.type === 'tftp.finished' || event.type === 'http.file-sent') {
      const { mac } = splitLoaderPath(event.file)
      if (mac !== undefined) waiting.set(mac, event)
    }
    if (event.type === 'script.answered' || event.type === 'dhcp.answered') waiting.delete(event.mac)
  }
  return [...waiting]
    .filter(([, { at }]) => input.now - Date.parse(at) > CALL_BACK_MS)
    .map(([mac, { file }]) =>
      problem(
        mac,
        `fetched ${file} and was not heard of since`,
        'It gets the other loader next time. With Secure Boot on, firmware drops a loader that is not signed: see docs/netboot.md.',
      ),
    )
}

const SLOW_BYTES_PER_MS = 500
const WORTH_MEASURING_BYTES = 100_000

function transfers(input: DoctorInput): readonly Finding[] {
  const failed = eventsOf(input, 'tftp.failed').map(({ from, file, reason, sentBytes }) =>
    problem(
      from,
      `${file} broke off after ${sentBytes} bytes: ${reason}`,
      'Does a firewall stand between? Transfers go on from a port of their own, which it must let through.',
    ),
  )
  const measured = [...eventsOf(input, 'tftp.finished'), ...eventsOf(input, 'http.file-sent')].map((event) => {
    const sizeBytes = event.type === 'tftp.finished' ? event.sizeBytes : event.sentBytes
    const isSlow = sizeBytes > WORTH_MEASURING_BYTES && sizeBytes / Math.max(event.durationMs, 1) < SLOW_BYTES_PER_MS
    const seen = `${event.file}: ${(sizeBytes / 1e6 / (Math.max(event.durationMs, 1) / 1e3)).toFixed(1)} MB/s`
    if (!isSlow) return good(event.from, seen)
    return notice(event.from, seen, 'Look for duplex mismatch, a busy link, or losses (blocks sent again) on the way.')
  })
  return [...failed, ...measured.slice(-20)]
}

const LOOP_BOOTS = 5
const LOOP_MS = 3600_000

function bootLoops(input: DoctorInput): readonly Finding[] {
  const boots = new Map<string, number>()
  for (const { mac, answer, at, isAgain } of eventsOf(input, 'script.answered')) {
    if (answer === 'boot-os' && !isAgain && input.now - Date.parse(at) < LOOP_MS) boots.set(mac, (boots.get(mac) ?? 0) + 1)
  }
  return [...boots]
    .filter(([, count]) => count >= LOOP_BOOTS)
    .map(([mac, count]) =>
      problem(
        mac,
        `was sent into the boot OS ${count} times within an hour`,
        'Read its serial console and `platen job list`: the boot OS does not come up, or its job does not end.',
      ),
    )
}

function good(subject: string, seen: string): Finding {
  return { severity: 'good', subject, seen }
}

function notice(subject: string, seen: string, advice: string): Finding {
  return { severity: 'notice', subject, seen, advice }
}

function problem(subject: string, seen: string, advice: string): Finding {
  return { severity: 'problem', subject, seen, advice }
}
