import { expect, it } from 'vitest'
import { loadConfig } from '../../src/appliance/load-config.ts'
import { netbootConfigOf, roomsConfigOf } from '../../src/appliance/room-configs.ts'
import { ipv4 } from '../fakes/resolved-settings.ts'

const interfaces = { br0: ipv4('192.168.9.65', '255.255.255.192') }

function config(flags: Record<string, string> = {}) {
  return loadConfig({ file: undefined, environment: {}, flags: { interface: 'br0', ...flags }, interfaces })
}

it('tells netboot its interface, subnet and what machines are told', () => {
  const flags = {
    'dhcp-router': '192.168.9.66',
    'dhcp-dns': '1.1.1.1,9.9.9.9',
    'dhcp-domain': 'rack.example',
    'tftp-port': '6969',
  }
  expect(netbootConfigOf(config({ ...flags, 'data-dir': '/srv' }), { br0: [3] })).toMatchObject({
    bootDir: '/srv/boot',
    stateDir: '/srv/state',
    httpPort: 8080,
    handedSockets: { br0: [3] },
    ports: { tftp: 6969 },
    interfaces: [
      {
        name: 'br0',
        mode: 'server',
        address: '192.168.9.65',
        prefixLength: 26,
        subnets: [
          {
            network: '192.168.9.64/26',
            ranges: [{ first: '192.168.9.96', last: '192.168.9.126' }],
            routers: ['192.168.9.66'],
            dnsServers: ['1.1.1.1', '9.9.9.9'],
            domainName: 'rack.example',
          },
        ],
      },
    ],
  })
})

it('tells the orchestrator its folders and its pace', () => {
  expect(roomsConfigOf(config({ 'data-dir': '/srv', 'agent-heartbeat-seconds': '3' }))).toMatchObject({
    dataDir: '/srv',
    heartbeatSeconds: 3,
  })
})
