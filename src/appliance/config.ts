// The appliance's settings: this one schema gives type, default, unit, and the text of docs and --help. Pure.
import { type Static, Type } from 'typebox'

const strict = { additionalProperties: false }
const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: fallback, description, examples: [fallback] })
const seconds = (fallback: number, minimum: number, description: string) =>
  Type.Integer({ minimum, maximum: 30 * 86_400, default: fallback, unit: 'seconds', description, examples: [fallback] })
const ipv4 = (description: string, example: string) => Type.String({ format: 'ipv4', description, examples: [example] })
const addresses = (description: string) =>
  Type.Array(Type.String({ format: 'ipv4' }), { description, examples: [['10.77.0.1']], maxItems: 8 })
const text = (description: string, example: string, fallback?: string) =>
  Type.String({ minLength: 1, description, examples: [example], ...(fallback === undefined ? {} : { default: fallback }) })
const oneOf = <T extends string>(values: readonly T[], fallback: T, description: string) =>
  Type.Unsafe<T>(Type.Enum([...values], { default: fallback, description, examples: [fallback] }))

/** Optional keys without a default are found from others when they are left out; their text says how. */
export const Settings = Type.Object(
  {
    interface: text('Network interface that the machines are on.', 'br0'),
    address: Type.Optional(
      ipv4('IPv4 address that machines reach this appliance at. Left out: the first one of the interface.', '10.77.0.1'),
    ),
    http: Type.Object(
      {
        port: port(8080, 'Port of loaders, boot scripts, agents, the operator API and its page at /docs.'),
        listen: Type.String({
          format: 'ipv4',
          default: '0.0.0.0',
          description: 'Address that HTTP listens at; 0.0.0.0 is all of them.',
          examples: ['0.0.0.0'],
        }),
      },
      strict,
    ),
    tftp: Type.Object({ port: port(69, 'Port of the TFTP server. Firmware asks at 69 and nowhere else.') }, strict),
    dhcp: Type.Object(
      {
        mode: oneOf(
          ['server', 'proxy', 'off'],
          'server',
          "server: gives addresses. proxy: beside the site's own DHCP server, gives none. off: the site's server sets options 66 and 67.",
        ),
        rangeStart: Type.Optional(
          ipv4('First address that mode server gives. Left out: the middle of the subnet.', '10.77.0.100'),
        ),
        rangeEnd: Type.Optional(ipv4('Last address that mode server gives. Left out: the last of the subnet.', '10.77.0.200')),
        leaseSeconds: seconds(3600, 60, 'How long an address is lent.'),
        router: Type.Optional(ipv4('Default gateway that machines are told. Left out: none.', '10.77.0.1')),
        domain: Type.Optional(text('Domain name that machines are told. Left out: none.', 'rack.example')),
        ntp: Type.Optional(addresses('Time servers that machines are told. Left out: none.')),
        dns: Type.Optional(addresses('Name servers that machines are told. Left out: none.')),
      },
      strict,
    ),
    dataDir: text('Where state, chunks, manifests, logs and secrets live.', '/var/lib/platen', '/var/lib/platen'),
    profilesDir: Type.Optional(
      text('The folder that profiles are dropped into. Left out: `profiles` beside the program.', '/srv/profiles'),
    ),
    bootDir: Type.Optional(
      text('Where `platen boot build` put loaders and boot OS. Left out: `boot` in the data folder.', '/var/lib/platen/boot'),
    ),
    agent: Type.Object(
      {
        heartbeatSeconds: seconds(
          10,
          1,
          'How often an agent at work reports. A job whose agent was silent for six of them is queued again.',
        ),
      },
      strict,
    ),
    jobs: Type.Object(
      {
        maxRunning: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 100_000,
            description: 'How many jobs run at the same time. Left out: as many as there are machines.',
            examples: [20],
          }),
        ),
      },
      strict,
    ),
    log: Type.Object(
      {
        level: oneOf(
          ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
          'info',
          'The least grave level that is written to standard output.',
        ),
        format: oneOf(
          ['auto', 'json', 'text'],
          'auto',
          'json: one object a line, for programs. text: one line for people. auto: text on a terminal, else json.',
        ),
      },
      strict,
    ),
  },
  strict,
)
export type Settings = Static<typeof Settings>

export const DEFAULT_CONFIG_FILE = '/etc/platen/platen.yaml'
