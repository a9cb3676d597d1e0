// The site's own DHCP server, which knows nothing of network boot: dnsmasq in a namespace of its own on the rack's wire.
import { join } from 'node:path'
import { NEIGHBOUR_INTERFACE } from './network.ts'
import { OwnedProcess } from './owned-process.ts'
import type { Rack } from './rack.ts'

export const SITE_DHCP_ADDRESS = '10.77.0.2'
const RANGE = '10.77.0.50,10.77.0.99,255.255.255.0,1h'

export async function startSiteDhcp(rack: Rack): Promise<OwnedProcess> {
  const namespace = await rack.addNeighbour(SITE_DHCP_ADDRESS)
  const words = ['--no-daemon', '--conf-file=/dev/null', '--user=root', '--port=0', '--pid-file', '--leasefile-ro']
  words.push(`--interface=${NEIGHBOUR_INTERFACE}`, `--dhcp-range=${RANGE}`, '--dhcp-authoritative', '--log-dhcp')
  return rack.adopt(new OwnedProcess('dnsmasq', words, { namespace, logFile: join(rack.directory, 'site-dhcp.log') }))
}
