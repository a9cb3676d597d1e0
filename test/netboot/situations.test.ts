// What people reported of other servers, one row each, on the real server: DHCP in two network namespaces joined by a cable. Root only.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readText } from '../../src/netboot/dhcp/option-values.ts'
import { type DhcpPacket, decodePacket, type MessageName, messageName } from '../../src/netboot/dhcp/packet.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { type PacketSketch, requestPacket } from '../fakes/dhcp-packets.ts'
import { type NamespaceNetboot, serveNetbootIn } from '../fakes/namespace-netboot.ts'
import { add, cut } from '../fakes/odd-inputs.ts'
import { chunk, cleanPacket, type Oddity, writeOddPacket } from '../fakes/odd-packet.ts'
import { needs, ROOT } from '../needs.ts'

const run = promisify(execFile)
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const [US, THERE] = ['10.66.0.1', '10.66.0.200']
const ascii = (text: string) => [...Buffer.from(text)]
const UEFI = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
const SUBNETS = [
  {
    network: '10.66.0.0/24',
    ranges: [{ first: '10.66.0.100', last: '10.66.0.160' }],
    reservations: [{ address: '10.66.0.12', remoteId: 'sw1', circuitId: '0x0004000c' }],
    probesAddresses: false,
  },
  // Behind the relay at 10.66.0.200.
  { network: '10.67.0.0/24', ranges: [{ first: '10.67.0.100', last: '10.67.0.109' }], probesAddresses: false },
  // The same addresses in a network of its own (RFC 6607).
  {
    network: '10.67.0.0/24',
    virtualSubnet: 'red',
    ranges: [{ first: '10.67.0.50', last: '10.67.0.51' }],
    probesAddresses: false,
  },
  // Two on one wire, behind that relay, too.
  {
    network: '10.68.0.0/24',
    ranges: [
      { first: '10.68.0.100', last: '10.68.0.100' },
      { first: '10.68.0.200', last: '10.68.0.200' },
    ],
    routers: ['10.68.0.1'],
    sharedNetwork: 'lab',
    probesAddresses: false,
  },
  {
    network: '10.69.0.0/25',
    ranges: [{ first: '10.69.0.100', last: '10.69.0.109' }],
    routers: ['10.69.0.1'],
    sharedNetwork: 'lab',
    probesAddresses: false,
  },
]

let networks: CabledNamespaces
let server: NamespaceNetboot
let transactionId = 1

beforeAll(async () => {
  networks = new CabledNamespaces('si', [{ name: 'srv', address: `${US}/24` }])
  ip('-n', networks.client('srv'), 'address', 'add', `${THERE}/24`, 'dev', CLIENT_LINK)
  const own = { name: 'srv', mode: 'server', address: US, prefixLength: 24, subnets: SUBNETS } as const
  server = await serveNetbootIn(networks.server, {
    httpPort: 8080,
    interfaces: [own],
    loaders: [{ loader: 'ipxe', circuitId: 'lab-9' }],
  })
})

afterAll(async () => {
  try {
    await server.end()
  } finally {
    networks[Symbol.dispose]()
  }
})

interface Step {
  readonly message: MessageName
  readonly sketch?: PacketSketch
  readonly header?: Partial<DhcpPacket>
  readonly odd?: Oddity
  readonly from?: 'machine' | 'relay' | 'own-port'
}

interface Answer {
  readonly packet: DhcpPacket
  readonly to: string
}

async function say(...steps: readonly Step[]): Promise<readonly (Answer | undefined)[]> {
  const said = steps.map(({ message, sketch = {}, header, odd = (one) => one, from = 'machine' }) => {
    const packet = { ...requestPacket(message, sketch), transactionId: ++transactionId, ...header }
    return {
      bytes: Buffer.from(writeOddPacket(odd(cleanPacket(packet)))).toString('hex'),
      from,
      waits: message !== 'decline' && message !== 'release',
    }
  })
  const file = join(server.folder, `said-${transactionId}.json`)
  await writeFile(file, JSON.stringify(said))
  const program = join(import.meta.dirname, '../fakes/ask-as-machine.ts')
  const words = ['netns', 'exec', networks.client('srv'), process.execPath, program, THERE, US, file]
  const { stdout } = await run('ip', words, { timeout: 50_000 })
  const answers = JSON.parse(stdout) as readonly ({ bytes: string; to: string } | null)[]
  return answers.map((one) => (one === null ? undefined : { packet: decodePacket(Buffer.from(one.bytes, 'hex')), to: one.to }))
}

const summary = (answer: Answer | undefined) =>
  answer === undefined ? 'silence' : `${messageName(answer.packet)} ${formatIpv4(answer.packet.yourIp)} to ${answer.to}`
const option = (answer: Answer | undefined, code: number) => [...(answer?.packet.options.get(code) ?? [])]

const GUID = [0, 2, 0xc9, 3, 0, 0x0d, 0x41, 0x31]
const mac = (last: number) => `52:54:00:66:00:${last.toString(16).padStart(2, '0')}`

describe('on the wire', needs(ROOT), () => {
  it.each<{ name: string; odd: Oddity }>([
    { name: 'a maximum size of one byte', odd: add([57, 1, 5]) },
    { name: 'a maximum size twice', odd: add([57, 2, 5, 220], [57, 2, 5, 220]) },
    { name: 'a host name that says 20 bytes and has 4', odd: cut(12, 20, ...ascii('node')) },
    { name: 'a relay’s option that is plain text', odd: add(chunk(82, ascii('sw1 eth0/3'))) },
    { name: 'a relay’s option that is empty', odd: add([82, 0]) },
    { name: 'a relay’s option that is cut off', odd: cut(82, 200, 1, 4, 0, 0) },
    {
      name: 'all options in the field of the file',
      odd: (one) => ({ ...one, main: one.main.slice(0, 1), file: one.main.slice(1) }),
    },
    { name: '20,000 repeats', odd: add(...Array.from({ length: 20_000 }, () => [43, 1, 9])) },
  ])('$name costs nothing: offer, ACK and a lease', async ({ odd }) => {
    const machine = { ...UEFI, mac: mac(1) }
    const [offer] = await say({ message: 'discover', sketch: machine, odd })
    expect(summary(offer)).toMatch(/^offer 10\.66\.0\.1\d\d to machine$/)
    expect(offer!.packet.bootFile).toBe('52-54-00-66-00-01/snponly-x64.efi')
    const address = formatIpv4(offer!.packet.yourIp)
    const [ack] = await say({ message: 'request', sketch: { ...machine, serverId: US, requestedIp: address }, odd })
    expect(summary(ack)).toBe(`ack ${address} to machine`)
    expect(await readFile(join(server.folder, 'leases.journal'), 'utf8')).toContain(
      `"ip":"${address}","key":"${mac(1)}","state":"bound"`,
    )
  })

  it('what a switch adds comes back last and as it was, though no relay is named', async () => {
    const bytes = [1, 4, 9, 9, 9, 9, 200, 1]
    const [offer] = await say({ message: 'discover', sketch: { mac: mac(2) }, odd: add(chunk(82, bytes)) })
    expect([option(offer, 82), [...offer!.packet.options.keys()].at(-1)]).toEqual([bytes, 82])
  })

  it('whatever is on a port gets the address of that port', async () => {
    const port = add(chunk(82, [1, 4, 0, 4, 0, 12, 2, 3, ...ascii('sw1')]))
    const [first, second, elsewhere] = await say(
      { message: 'request', sketch: { mac: mac(3), serverId: US, requestedIp: '10.66.0.12' }, odd: port },
      { message: 'discover', sketch: { mac: mac(4) }, odd: port },
      { message: 'discover', sketch: { mac: mac(5) } },
    )
    expect([first, second].map(summary)).toEqual(['ack 10.66.0.12 to machine', 'offer 10.66.0.12 to machine'])
    expect(summary(elsewhere)).not.toContain('10.66.0.12')
    // It renews past the switch, which then adds nothing; the answer goes to its address.
    await say({ message: 'request', sketch: { mac: mac(3), clientIp: '10.66.0.12' } })
    expect(server.lines.at(-1)).toContain(`${mac(3)} (ordinary DHCP client) request -> ack 10.66.0.12: renewing`)
  })

  it('a relay that stands as the server, names the link and sends from a port of its own, is answered as it wishes', async () => {
    const behind = { mac: mac(6), relayAgentIp: THERE }
    const added = add(chunk(82, [5, 4, 10, 67, 0, 1, 11, 4, 10, 67, 0, 1, 19, 0]))
    const [offer] = await say({ message: 'discover', sketch: behind, odd: added, from: 'own-port' })
    expect(summary(offer)).toBe('offer 10.67.0.100 to own-port')
    expect(option(offer, OPTION.serverId)).toEqual([10, 67, 0, 1])
    const request = { ...behind, serverId: '10.67.0.1', requestedIp: '10.67.0.100' }
    const [ack] = await say({ message: 'request', sketch: request, odd: added, from: 'own-port' })
    expect(summary(ack)).toBe('ack 10.67.0.100 to own-port')
  })

  it('a relay that names a virtual subnet gets an address of that, and its name back', async () => {
    const behind = { mac: mac(13), relayAgentIp: THERE }
    const bytes = [5, 4, 10, 67, 0, 1, 151, 4, 0, ...ascii('red')]
    const [red, plain] = await say(
      { message: 'discover', sketch: behind, odd: add(chunk(82, bytes)), from: 'relay' },
      { message: 'discover', sketch: { ...behind, mac: mac(14) }, odd: add(chunk(82, bytes.slice(0, 6))), from: 'relay' },
    )
    expect([summary(red), option(red, 82)]).toEqual(['offer 10.67.0.50 to relay', bytes])
    expect(summary(plain)).toMatch(/^offer 10\.67\.0\.10\d to relay$/)
  })

  it('whatever is on a port gets the loader of that port', async () => {
    const machine = { ...UEFI, mac: mac(15) }
    const [there, elsewhere] = await say(
      { message: 'discover', sketch: machine, odd: add(chunk(82, [1, 5, ...ascii('lab-9')])) },
      { message: 'discover', sketch: machine, odd: add(chunk(82, [1, 5, ...ascii('lab-8')])) },
    )
    expect([there, elsewhere].map((offer) => offer?.packet.bootFile.split('/')[1])).toEqual(['ipxe-x64.efi', 'snponly-x64.efi'])
  })

  it('an ordinary relay hears at the port of servers', async () => {
    const [offer] = await say({ message: 'discover', sketch: { mac: mac(7), relayAgentIp: THERE }, from: 'relay' })
    expect(summary(offer)).toMatch(/^offer 10\.66\.0\.\d+ to relay$/)
  })

  it('the address of another network is left alone on this wire, and refused behind a relay', async () => {
    const [reboot, renewal, relayed] = await say(
      { message: 'request', sketch: { mac: mac(8), requestedIp: '192.168.1.7' } },
      { message: 'request', sketch: { mac: mac(8), clientIp: '192.168.1.7' } },
      { message: 'request', sketch: { mac: mac(8), requestedIp: '192.168.1.7', relayAgentIp: THERE }, from: 'relay' },
    )
    expect([reboot, renewal, relayed].map(summary)).toEqual(['silence', 'silence', 'nak 0.0.0.0 to relay'])
  })

  it.each([
    {
      name: 'InfiniBand by its client id',
      header: { hardwareType: 32, hardwareAddress: new Uint8Array() },
      id: [255, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0xc9, 0, ...GUID],
    },
    { name: 'InfiniBand by its GUID', header: { hardwareType: 32, hardwareAddress: Uint8Array.from(GUID) }, id: [0, 1] },
  ])('$name boots under its MAC', async ({ header, id }) => {
    const [offer] = await say({ message: 'discover', sketch: UEFI, header, odd: add(chunk(61, id)) })
    expect(offer!.packet.bootFile).toBe('00-02-c9-0d-41-31/snponly-x64.efi')
    expect([offer!.packet.hardwareType, option(offer, 61)]).toEqual([32, id])
  })

  it('a machine without a MAC gets an address, no file, and the log says why', async () => {
    const header = { hardwareType: 24, hardwareAddress: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }
    const [offer] = await say({ message: 'discover', sketch: UEFI, header })
    expect([offer!.packet.bootFile, readText(offer!.packet.options, OPTION.bootFile)]).toEqual(['', undefined])
    expect(server.lines.join('\n')).toContain('no boot file: it has no MAC of six bytes')
  })

  it.each([
    { code: OPTION.bootFile, name: 'the file’s name', text: '52-54-00-66-00-09/snponly-x64.efi' },
    { code: OPTION.tftpServerName, name: 'the server’s name', text: US },
  ])('a ROM that reads $name to the first NUL finds it there', async ({ code, text }) => {
    const [offer] = await say({ message: 'discover', sketch: { ...UEFI, mac: mac(9) } })
    expect(readText(offer!.packet.options, code)).toBe(text)
    const wire = Buffer.from(offer!.packet.options.get(code)!.buffer)
    const at = wire.indexOf(Uint8Array.of(code, text.length, ...ascii(text)))
    // Behind it stands PAD, and then goes on what any other client reads.
    expect([at > 0, wire[at + 2 + text.length]]).toEqual([true, 0])
    expect(offer!.packet.options.has(OPTION.serverId)).toBe(true)
  })

  it('on a wire with two networks, the second range is used when the first is full, and then the second network with its own router', async () => {
    const onThisWire = add(chunk(82, [5, 4, 10, 68, 0, 1]))
    const machines = [210, 211, 212].map((last) => ({ mac: mac(last), relayAgentIp: THERE }))
    const got: string[] = []
    for (const sketch of machines) {
      const [offer] = await say({ message: 'discover', sketch, odd: onThisWire, from: 'relay' })
      const requestedIp = formatIpv4(offer!.packet.yourIp)
      const [ack] = await say({
        message: 'request',
        sketch: { ...sketch, serverId: US, requestedIp },
        odd: onThisWire,
        from: 'relay',
      })
      got.push(
        `${summary(ack)}, router ${option(ack, OPTION.router).join('.')}, mask ${option(ack, OPTION.subnetMask).join('.')}`,
      )
    }
    expect(got).toEqual([
      'ack 10.68.0.100 to relay, router 10.68.0.1, mask 255.255.255.0',
      'ack 10.68.0.200 to relay, router 10.68.0.1, mask 255.255.255.0',
      'ack 10.69.0.100 to relay, router 10.69.0.1, mask 255.255.255.128',
    ])
  })

  it('one that declines all it is given does not empty the pool', async () => {
    const flood = Array.from({ length: 30 }, (_, at): readonly Step[] => {
      const [own, address] = [mac(100 + at), `10.66.0.${120 + at}`]
      return [
        { message: 'request', sketch: { mac: own, serverId: US, requestedIp: address } },
        { message: 'decline', sketch: { mac: own, serverId: US, requestedIp: address }, from: 'machine' },
      ]
    }).flat()
    const answers = await say(...flood)
    expect(answers.filter((one) => summary(one).startsWith('ack')).length).toBe(30)
    // 61 addresses, a quarter of which may be set aside: the first ones of the 30 are given again.
    const [again] = await say({ message: 'request', sketch: { mac: mac(200), serverId: US, requestedIp: '10.66.0.121' } })
    const [aside] = await say({ message: 'request', sketch: { mac: mac(201), serverId: US, requestedIp: '10.66.0.149' } })
    const journal = await readFile(join(server.folder, 'leases.journal'), 'utf8')
    expect(journal.match(/"state":"declined"/g)).toHaveLength(30)
    expect([again, aside].map(summary)).toEqual(['ack 10.66.0.121 to machine', 'nak 0.0.0.0 to machine'])
  })
})
