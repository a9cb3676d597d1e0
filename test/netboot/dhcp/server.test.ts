import { beforeEach, describe, expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/netboot/dhcp/ipv4.ts'
import type { LeaseStore } from '../../../src/netboot/dhcp/lease-journal.ts'
import { type Lease, LeaseTable } from '../../../src/netboot/dhcp/lease-table.ts'
import { decodePacket, encodePacket, messageName } from '../../../src/netboot/dhcp/packet.ts'
import { DhcpService } from '../../../src/netboot/dhcp/server.ts'
import { compileSubnet, type Subnet } from '../../../src/netboot/dhcp/subnet.ts'
import { type NetbootEvent, NetbootEventLog } from '../../../src/netboot/events.ts'
import { requestPacket } from '../../fakes/dhcp-packets.ts'
import { FixedBootPolicy } from '../../fakes/netboot-scene.ts'

const US = parseIpv4('10.77.0.1')
const ranges = [{ first: '10.77.0.100', last: '10.77.0.109' }]

class KeptInMemory implements LeaseStore {
  readonly leases: Lease[] = []
  load = async () => this.leases
  close = async () => {}

  async append(lease: Lease): Promise<void> {
    this.leases.push(lease)
  }
}

let journal: KeptInMemory
let events: NetbootEvent[]
let sent: string[]
let table: LeaseTable
let kicked: number

function serviceFor(subnet: Subnet): DhcpService {
  const log = new NetbootEventLog(() => 0)
  log.subscribe((event) => events.push(event))
  table = new LeaseTable(subnet)
  const service = new DhcpService({
    interfaceName: 'eth1',
    mode: 'server',
    serverIp: US,
    httpBase: 'http://10.77.0.1:8080',
    ports: { dhcpServer: 67, dhcpClient: 68 },
    tables: [table],
    journal,
    policy: new FixedBootPolicy(),
    flavourFor: () => 'snponly',
    events: log,
    now: () => 1000,
    onAddressTaken: () => kicked++,
    onHeard: () => undefined,
  })
  service.attach({
    send: async (bytes) => {
      const packet = decodePacket(bytes)
      sent.push(`${messageName(packet)} ${formatIpv4(packet.yourIp)}`)
      return undefined
    },
    close: async () => {},
  })
  return service
}

const arrivalOf = (packet: Parameters<typeof encodePacket>[0]) => ({
  bytes: encodePacket(packet),
  from: { address: 0, port: 68 },
  isBootServerRequest: false,
})
const settled = () => new Promise(setImmediate)

beforeEach(() => {
  journal = new KeptInMemory()
  events = []
  sent = []
  kicked = 0
})

describe('DhcpService', () => {
  it('keeps no lease whose answer cannot be made', async () => {
    const broken = new Map<number, Uint8Array>()
    broken[Symbol.iterator] = () => {
      throw new Error('these options cannot be told')
    }
    const service = serviceFor({
      ...compileSubnet({ network: '10.77.0.0/24', ranges, probesAddresses: false }, US),
      options: broken,
    })
    service.receive(arrivalOf(requestPacket('request', { serverId: '10.77.0.1', requestedIp: '10.77.0.100' })))
    await settled()
    expect([journal.leases, [...table.all()], sent]).toEqual([[], [], []])
    expect(events).toMatchObject([{ type: 'dhcp.malformed', message: 'these options cannot be told' }])
  })

  it('answers who waits for a probe as soon as there is an address, each once, and no further than they go', async () => {
    const service = serviceFor(compileSubnet({ network: '10.77.0.0/24', ranges }, US))
    const machine = (last: number) => requestPacket('discover', { mac: `52:54:00:00:00:0${last}` })
    // The first one asks twice, as firmware does that waits.
    for (const last of [1, 1, 2, 3]) service.receive(arrivalOf(machine(last)))
    await settled()
    expect([sent, kicked]).toEqual([[], 4])
    for (let count = 0; count < 2; count++) table.addProven(table.takeToProbe(1000)!, 1000)
    service.retryWaiting(table)
    await settled()
    expect(sent).toEqual(['offer 10.77.0.100', 'offer 10.77.0.101'])
    table.addProven(table.takeToProbe(1000)!, 1000)
    service.retryWaiting(table)
    await settled()
    expect(sent.slice(2)).toEqual(['offer 10.77.0.102'])
  })

  it('tells once what is odd about the options of a machine', async () => {
    const service = serviceFor(compileSubnet({ network: '10.77.0.0/24', ranges, probesAddresses: false }, US))
    const odd = requestPacket('discover', { options: [[57, Uint8Array.of(5)]] })
    for (let time = 0; time < 3; time++) service.receive(arrivalOf(odd))
    await settled()
    expect(events.filter(({ type }) => type === 'dhcp.odd-option')).toMatchObject([
      { mac: '52:54:00:00:00:0a', options: ['57 (maximum message size) has 1 bytes where 2 belong'] },
    ])
    expect(sent).toHaveLength(3)
  })
})
