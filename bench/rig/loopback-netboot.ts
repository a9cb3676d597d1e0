// The netboot room on loopback, without probing addresses: DHCP, TFTP and routes beside an orchestrator in a bench's process.
import { join } from 'node:path'
import { type BootPolicy, createNetboot, type Netboot } from '../../src/netboot/index.ts'
import { EVERYBODYS_ADDRESS } from '../../test/fakes/proven-peer.ts'

/** dhcpPort and the three after it are taken. */
export function loopbackNetboot(dataDir: string, dhcpPort: number, policy: BootPolicy): Netboot {
  const subnet = { network: '127.0.0.0/8', ranges: [{ first: '127.1.0.1', last: '127.1.250.255' }], probesAddresses: false }
  return createNetboot(
    {
      bootDir: join(dataDir, 'boot'),
      stateDir: join(dataDir, 'state'),
      httpPort: 8080,
      ports: { dhcpServer: dhcpPort, dhcpClient: dhcpPort + 1, proxyDhcp: dhcpPort + 2, tftp: dhcpPort + 3 },
      interfaces: [{ name: 'lo', mode: 'server', address: '127.0.0.1', prefixLength: 8, subnets: [subnet] }],
      // A rule by model, so that each DHCP answer looks up its node.
      loaders: [{ loader: 'ipxe', product: 'no such model' }],
    },
    { policy, log: { info() {}, warn() {} }, neighbours: EVERYBODYS_ADDRESS },
  )
}
