// The settings of several interfaces, their subnets and the choice of loaders: lists, which only the file can hold. Pure.
import { type Static, Type } from 'typebox'
import { addresses, flag, ipv4, oneOf, patterned, seconds, strict, text } from './setting-types.ts'

const optional = Type.Optional
const mac = (description: string) =>
  patterned('^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$', 'six bytes in hex: 52:54:00:12:34:56', description, '52:54:00:12:34:56')

export const DHCP_MODES = ['server', 'proxy', 'off'] as const
export const MODE_TEXT =
  "server: gives addresses. proxy: beside the site's own DHCP server, gives none. off: the site's server sets options 66 and 67."

const CIRCUIT_ID = 'Port of the switch, as relay or switch write it in option 82: text, or bytes in quotes as "0x0004000c".'
const REMOTE_ID = 'The switch, as relay or switch write it in option 82: text, or bytes in quotes as "0x0004000c".'

const Range = Type.Object({ first: ipv4('First address.', '10.77.0.100'), last: ipv4('Last address.', '10.77.0.200') }, strict)

const Reservation = Type.Object(
  {
    address: ipv4('The address that is kept. It may lie inside or outside of the ranges.', '10.77.0.20'),
    mac: optional(mac('For the machine with this network card.')),
    clientId: optional(
      patterned(
        '^(0x)?[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2})*$',
        'bytes in hex, in quotes: "0xff01"',
        'For the client that says this in option 61.',
        '0xff01',
      ),
    ),
    node: optional(
      text(
        'For the node of this name, by whichever of its network cards it comes: the card that asked last has the address.',
        'rack1-07',
      ),
    ),
    circuitId: optional(text(CIRCUIT_ID, 'eth0/12')),
    remoteId: optional(text(REMOTE_ID, 'sw1')),
    hostName: optional(text('Host name that the machine is told. Left out: the name of the node.', 'rack1-07')),
  },
  {
    ...strict,
    description:
      'An address for one machine. One of `mac`, `clientId` and `node` says for which; or `circuitId` and `remoteId`, one or both, for whatever machine is behind that port of a switch.',
  },
)

const Subnet = Type.Object(
  {
    network: patterned('^[0-9.]+/[0-9]{1,2}$', 'address and prefix length: 10.77.0.0/24', 'The network.', '10.77.0.0/24'),
    ranges: optional(
      Type.Array(Range, {
        description: 'What may be given. Left out: the upper half of the network. An empty list: reservations alone.',
      }),
    ),
    reservations: optional(Type.Array(Reservation, { description: 'Addresses that are kept for one machine each.' })),
    leaseSeconds: seconds(3600, 60, 'How long an address is lent.'),
    router: optional(ipv4('Default gateway that machines are told. Left out: none.', '10.77.0.1')),
    dns: optional(addresses('Name servers that machines are told. Left out: none.')),
    ntp: optional(addresses('Time servers that machines are told. Left out: none.')),
    domain: optional(text('Domain name that machines are told. Left out: none.', 'rack.example')),
    options: optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Integer({ minimum: 0 })]), {
        wants: 'option numbers with their values: { 26: 9000 }',
        description: 'Other DHCP options by number: text, a number, addresses with commas, or bytes in quotes as "0x0a4d".',
        examples: ['{ 26: 9000, 150: 10.77.0.1 }'],
      }),
    ),
    isAuthoritative: flag(
      false,
      'Answer for addresses that this server has no record of: a machine that comes with an old address is refused at once and ' +
        'asks anew. Only where no other DHCP server is.',
    ),
    probesAddresses: flag(true, 'Ask the network whether somebody has an address before it is given to another machine.'),
    sharedNetwork: optional(
      text(
        'Subnets of one interface with the same name here are on one wire: when one has no address left, the next one gives.',
        'lab',
      ),
    ),
    virtualSubnet: optional(
      text(
        'Only for machines whose relay names this virtual subnet (VRF) in option 82: text, or bytes in quotes as "0x00a0c9". Its addresses may be those of another subnet, and are not probed.',
        'red',
      ),
    ),
  },
  {
    ...strict,
    description:
      'A network that addresses are given on. The one that holds our address is the interface’s own; others reach us by a relay.',
  },
)

export const InterfaceList = Type.Array(
  Type.Object(
    {
      name: text('Network interface, as the system names it.', 'eth1'),
      mode: oneOf(DHCP_MODES, 'server', MODE_TEXT),
      address: optional(
        ipv4('IPv4 address that machines on this interface reach the appliance at. Left out: its first one.', '10.77.0.1'),
      ),
      subnets: optional(
        Type.Array(Subnet, {
          description: 'Mode server: the networks that addresses are given on. Left out: the interface’s own, its upper half.',
        }),
      ),
      trustedRelays: optional(
        Type.Array(ipv4('Address of a relay, as it stands in what it passes on.', '10.88.0.1'), {
          description:
            'Relays whose word counts for addresses that another DHCP server gives: machines behind them get boot tokens by what the relay heard. Only relays that nobody else can speak for.',
        }),
      ),
    },
    strict,
  ),
  {
    minItems: 1,
    description:
      'Several interfaces, or one with more than one subnet, reservations or options. Instead of `interface`, `address` and `dhcp`.',
  },
)
export type InterfaceSettings = Static<typeof InterfaceList>[number]

export const LoaderList = Type.Array(
  Type.Object(
    {
      loader: oneOf(
        ['snponly', 'ipxe', 'shim'],
        undefined,
        "snponly: the firmware's network driver. ipxe: iPXE's own drivers. shim: signed, for Secure Boot.",
      ),
      macPrefix: optional(
        patterned(
          '^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){0,5}$',
          'the first bytes of a MAC: 3c:ec:ef',
          'Machines whose network card begins so: its maker, as a rule.',
          '3c:ec:ef',
        ),
      ),
      firmware: optional(oneOf(['bios', 'uefi'], undefined, 'Machines with this firmware.')),
      architecture: optional(oneOf(['x64', 'arm64'], undefined, 'Machines with this processor.')),
      vendorClass: optional(text('Machines that say this in option 60; * is anything.', 'PXEClient:Arch:00007:*')),
      circuitId: optional(text('Machines behind this port of a switch, as option 82 has it; * is anything.', 'eth0/*')),
      remoteId: optional(text('Machines behind this switch, as option 82 has it; * is anything.', 'sw1')),
      manufacturer: optional(text('Machines of this maker, as SMBIOS has it; * is anything.', 'Dell*')),
      product: optional(text('Machines of this model, as SMBIOS has it; * is anything.', 'PowerEdge R640')),
    },
    strict,
  ),
  {
    description:
      'Loaders for machines that do not start with the usual one; the first rule of which all applies counts. What SMBIOS says is known once a machine was enrolled.',
  },
)
