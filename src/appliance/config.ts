// The appliance's settings: this one schema gives type, default, unit, and the text of docs and --help. Pure.
import { type Static, Type } from 'typebox'
import { BootModelList, BootOsSettings } from './boot-os-settings.ts'
import { DirectorySettings } from './directory-settings.ts'
import { MailSettings } from './mail-settings.ts'
import { NbdSettings } from './nbd-settings.ts'
import { DHCP_MODES, InterfaceList, LoaderList, MODE_TEXT } from './network-settings.ts'
import {
  addresses,
  count,
  flag,
  ipv4,
  names,
  OwnUserSetting,
  oneOf,
  patterned,
  port,
  seconds,
  strict,
  text,
} from './setting-types.ts'

const MIB = 1024 * 1024

/** Optional keys without a default are found from others when they are left out; their text says how. */
export const Settings = Type.Object(
  {
    interface: Type.Optional(text('Network interface that the machines are on.', 'br0')),
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
        serves: oneOf(
          ['everything', 'boot'],
          'everything',
          'What is answered without encryption. boot: to other machines only what machines need that boot; pages lead to HTTPS, and all else is refused.',
        ),
      },
      strict,
    ),
    https: Type.Object(
      {
        isOn: flag(
          true,
          'Serve the console, the API and agents by HTTPS too, with the CA of this appliance. See `platen ca show`.',
        ),
        port: Type.Optional(
          // Without a default: one that is said is asked for, and not given up.
          Type.Integer({
            minimum: 1,
            maximum: 65_535,
            description: 'Port of HTTPS. Left out: 8443, and where that is taken there is no HTTPS, as `platen doctor` says.',
            examples: [8443],
          }),
        ),
        listen: Type.String({
          format: 'ipv4',
          default: '0.0.0.0',
          description: 'Address that HTTPS listens at; 0.0.0.0 is all of them.',
          examples: ['0.0.0.0'],
        }),
        forAgents: flag(
          true,
          'Agents speak HTTPS. false: plain HTTP, for networks that only machines are on, where encryption costs more than it keeps.',
        ),
        names: Type.Optional(
          names('Further names of this appliance, for its own certificate: those of DNS. Left out: its host name alone.', [
            'platen.rack.example',
          ]),
        ),
        certificate: Type.Optional(
          text(
            'File with a certificate of the site in PEM, and those between it and its CA: shown to whoever asks by one of its names. Read again when it changes.',
            '/etc/platen/tls/fullchain.pem',
          ),
        ),
        key: Type.Optional(text('File with its key in PEM.', '/etc/platen/tls/key.pem')),
      },
      strict,
    ),
    interfaces: Type.Optional(InterfaceList),
    loaders: Type.Optional(LoaderList),
    bootModels: Type.Optional(BootModelList),
    tftp: Type.Object(
      {
        port: port(69, 'Port of the TFTP server. Firmware asks at 69 and nowhere else.'),
        isSinglePort: flag(
          false,
          'Send every file from this one port, for firewalls that cannot follow a transfer to a new one.',
        ),
        maxTransfers: count(1000, 1, 100_000, 'How many transfers run at the same time.'),
        maxTransfersPerClient: count(8, 1, 1000, 'How many of them for one address.'),
        maxFileBytes: count(256 * MIB, MIB, 4096 * MIB, 'Larger files are not sent.', 'bytes'),
        cacheBytes: count(512 * MIB, MIB, 65_536 * MIB, 'Memory for files that are being sent.', 'bytes'),
        maxBlockBytes: count(
          1468,
          512,
          65_464,
          'Largest block that a client may ask for. 1468 fits an Ethernet frame; larger ones travel in fragments, which firmware drops.',
          'bytes',
        ),
        maxWindowBlocks: count(64, 1, 1024, 'How many blocks may be under way without an answer (RFC 7440).'),
      },
      strict,
    ),
    dhcp: Type.Object(
      {
        mode: oneOf(DHCP_MODES, 'server', MODE_TEXT),
        rangeStart: Type.Optional(
          ipv4('First address that mode server gives. Left out: the middle of the subnet.', '10.77.0.100'),
        ),
        rangeEnd: Type.Optional(ipv4('Last address that mode server gives. Left out: the last of the subnet.', '10.77.0.200')),
        leaseSeconds: seconds(3600, 60, 'How long an address is lent.'),
        router: Type.Optional(ipv4('Default gateway that machines are told. Left out: none.', '10.77.0.1')),
        domain: Type.Optional(text('Domain name that machines are told. Left out: none.', 'rack.example')),
        ntp: Type.Optional(addresses('Time servers that machines are told. Left out: none.')),
        dns: Type.Optional(addresses('Name servers that machines are told. Left out: none.')),
        isAuthoritative: flag(false, 'Refuse addresses that this server has no record of. Only where no other DHCP server is.'),
      },
      strict,
    ),
    user: OwnUserSetting,
    dataDir: text('Where state, chunks, manifests, logs and secrets live.', '/var/lib/platen', '/var/lib/platen'),
    profilesDir: Type.Optional(
      text('The folder that profiles are dropped into. Left out: `profiles` beside the program.', '/srv/profiles'),
    ),
    packagesDir: Type.Optional(
      text('The folder that packages are dropped into. Left out: `packages` in the data folder.', '/srv/packages'),
    ),
    centralDir: Type.Optional(
      text(
        'The folder that functions, distributions, templates and sites are dropped into. Left out: `central` in the data folder.',
        '/srv/central',
      ),
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
    nodes: Type.Object(
      {
        identity: oneOf(
          ['score', 'log-only'],
          'score',
          'How a machine is known again. score: by everything about it. log-only: by the address that it boots from, and the log says where the score disagrees.',
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
        maxBoots: Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 5,
          description: 'A machine that was sent into the boot OS so often for one step of a job, and comes again, is held.',
          examples: [5],
        }),
      },
      strict,
    ),
    ssh: Type.Object(
      {
        user: Type.Optional(text('Who `platen node restart` logs in as. Left out: root.', 'root')),
        port: Type.Optional(port(22, 'Port of the nodes’ SSH servers.')),
        restartCommand: Type.Optional(text('What restarts a node.', 'systemctl reboot || reboot')),
      },
      strict,
    ),
    mail: MailSettings,
    directory: DirectorySettings,
    images: Type.Object(
      {
        scrubDays: Type.Integer({
          minimum: 0,
          maximum: 365,
          default: 7,
          unit: 'days',
          description: 'How often every chunk of the store is read and checked. 0: only when `platen image scrub` asks.',
          examples: [7],
        }),
        fullPercent: Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 90,
          unit: 'percent',
          description: 'So much of the volume in use, and the notice store.nearly-full is sent.',
          examples: [90],
        }),
        keepLast: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 10_000,
            description:
              'So many versions of each image stay, and others are removed once a day, unless they are tagged or a node runs or should run them. Left out, with keepDays: nothing is removed by itself.',
            examples: [10],
          }),
        ),
        keepDays: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 36_500,
            unit: 'days',
            description: 'Versions younger than this stay, beside those that keepLast keeps (then 1 when it is left out).',
            examples: [90],
          }),
        ),
      },
      strict,
    ),
    nbd: NbdSettings,
    bootOs: BootOsSettings,
    packages: Type.Object(
      {
        keepLast: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 10_000,
            description:
              'So many versions of each package stay, and others are removed once a day, unless a node has or wants them or they lie in the watched folder. Left out, with keepDays: nothing is removed by itself.',
            examples: [10],
          }),
        ),
        keepDays: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 36_500,
            unit: 'days',
            description: 'Versions that came later stay, beside those that keepLast keeps (then 1 when it is left out).',
            examples: [90],
          }),
        ),
      },
      strict,
    ),
    audit: Type.Object(
      {
        syslog: Type.Optional(
          patterned(
            '^(udp|tcp)://([A-Za-z0-9_.-]+|\\[[0-9a-fA-F:.]+\\])(:[0-9]{1,5})?$',
            'udp://HOST:PORT or tcp://HOST:PORT',
            'Syslog server that every entry of the audit goes to (RFC 5424), beside the audit itself. Left out: none.',
            'tcp://10.77.0.5:514',
          ),
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
