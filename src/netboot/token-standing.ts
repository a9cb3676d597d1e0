// Whether the machine behind an address may have a boot token for a MAC address. Pure: what is known of both comes in, the verdict goes out.
// A MAC address in a URL is a claim: anybody can type it. What proves it is what the wire itself said of the address that asks:
//
//   one of our own addresses                     never: no machine boots from here
//   on our link, the kernel resolved it (ARP)    to this MAC: yes; to another one: never, whatever leases say
//   we leased it to this MAC                     yes: on our link while ARP says nothing, and behind a relay
//   a relay that the settings name heard this
//   MAC ask another DHCP server for it           yes, where that server gives the addresses behind the relay
//   anything else                                no

/** Who has an address, as the kernel of the appliance knows it. */
export type Neighbour =
  | { readonly kind: 'ourselves' }
  /** On a network of one of our interfaces. mac: what it resolves to; undefined: to nothing yet. */
  | { readonly kind: 'on-link'; readonly mac: string | undefined }
  /** Behind a router: its frames tell nothing. */
  | { readonly kind: 'routed' }

export type UnprovenReason = 'own-address' | 'another-neighbour' | 'leased-to-another' | 'not-resolved' | 'not-seen'

export type Standing =
  | { readonly kind: 'proven'; readonly by: 'neighbour' | 'lease' | 'relay' }
  | { readonly kind: 'unproven'; readonly reason: UnprovenReason }

export interface StandingFacts {
  /** Lower case, with colons. */
  readonly mac: string
  readonly neighbour: Neighbour
  /** The MAC that this appliance leased the asking address to. */
  readonly leasedTo: string | undefined
  /** The MAC that a trusted relay heard ask another server for it. */
  readonly heardFrom: string | undefined
}

export function mayHaveToken({ mac, neighbour, leasedTo, heardFrom }: StandingFacts): Standing {
  if (neighbour.kind === 'ourselves') return { kind: 'unproven', reason: 'own-address' }
  if (neighbour.kind === 'on-link' && neighbour.mac !== undefined)
    return neighbour.mac === mac ? { kind: 'proven', by: 'neighbour' } : { kind: 'unproven', reason: 'another-neighbour' }
  if (leasedTo !== undefined)
    return leasedTo === mac ? { kind: 'proven', by: 'lease' } : { kind: 'unproven', reason: 'leased-to-another' }
  if (neighbour.kind === 'routed' && heardFrom === mac) return { kind: 'proven', by: 'relay' }
  return { kind: 'unproven', reason: neighbour.kind === 'on-link' ? 'not-resolved' : 'not-seen' }
}

/** The MAC that would be proven; undefined: none would. */
export function provenMac(seen: Omit<StandingFacts, 'mac'>): string | undefined {
  const { neighbour, leasedTo, heardFrom } = seen
  const mac = (neighbour.kind === 'on-link' ? neighbour.mac : undefined) ?? leasedTo ?? heardFrom
  return mac !== undefined && mayHaveToken({ ...seen, mac }).kind === 'proven' ? mac : undefined
}

/** For people, in the log and by the doctor. */
export const UNPROVEN: Readonly<Record<UnprovenReason, { readonly seen: string; readonly advice: string }>> = {
  'own-address': {
    seen: 'it asked from an address of the appliance itself',
    advice: 'No machine boots from here: who fetches boot scripts on the appliance?',
  },
  'another-neighbour': {
    seen: 'the address that asked belongs to another network card',
    advice: 'Somebody else asks in its name, or two machines have one address: see `ip neigh` on the appliance.',
  },
  'leased-to-another': {
    seen: 'the address that asked is leased to another network card',
    advice: 'Somebody else asks in its name, or a machine keeps an address that it has no lease for.',
  },
  'not-resolved': {
    seen: 'the address that asked resolves to no network card',
    advice: 'Does something between answer in its place? The machine asks again by itself.',
  },
  'not-seen': {
    seen: 'it asked through a router, and this appliance neither leased that address nor was told of it by a relay that it trusts',
    advice:
      'Let this appliance give the addresses of that network (mode server, with its subnet), or name the relay of that network as trustedRelays of the interface.',
  },
}
