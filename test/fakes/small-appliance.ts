// An appliance on the loopback interface that answers no DHCP and opens no port until it is started.
import pino from 'pino'
import { loadConfig } from '../../src/appliance/load-config.ts'
import type { ApplianceConfig } from '../../src/appliance/resolve.ts'
import { type Appliance, wire } from '../../src/appliance/wire.ts'
import type { NeighbourTable } from '../../src/netboot/index.ts'
import { EVERYBODYS_ADDRESS } from './proven-peer.ts'
import { ipv4 } from './resolved-settings.ts'

const interfaces = { lo: ipv4('127.0.0.1', '255.0.0.0') }

/** Port 0: the system chooses a free one. usual: as where nobody said one. */
interface SmallApplianceOptions {
  readonly port?: number
  readonly httpsPort?: number | 'usual'
  readonly graceMs?: number
  readonly recentLog?: () => readonly string[]
  readonly flags?: Readonly<Record<string, string>>
  readonly neighbours?: NeighbourTable
  readonly traceEndpoint?: string
}

export function smallAppliance(
  dataDir: string,
  {
    port = 0,
    httpsPort = 0,
    graceMs = 100,
    recentLog = () => [],
    flags: more = {},
    neighbours = EVERYBODYS_ADDRESS,
    traceEndpoint,
  }: SmallApplianceOptions = {},
): Promise<Appliance> {
  const flags = {
    interface: 'lo',
    'dhcp-mode': 'off',
    'data-dir': dataDir,
    'http-listen': '127.0.0.1',
    'https-listen': '127.0.0.1',
    ...more,
  }
  const config = loadConfig({ file: undefined, environment: {}, flags, interfaces })
  const free: ApplianceConfig = {
    ...config,
    http: { ...config.http, port },
    https: { ...config.https, ...(httpsPort === 'usual' ? {} : { port: httpsPort }) },
    tftp: { ...config.tftp, port: 0 },
  }
  return wire(free, { log: pino({ level: 'silent' }), graceMs, recentLog, neighbours, traceEndpoint })
}
