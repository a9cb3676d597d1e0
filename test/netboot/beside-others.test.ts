// Odd packets to ours and, the same ones, to the servers that sites use: whatever one of them answers, we answer, and with the same. Each
// server has network namespaces of its own. Root only.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readText } from '../../src/netboot/dhcp/option-values.ts'
import { decodePacket, messageName } from '../../src/netboot/dhcp/packet.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'
import { type DhcpPeer, PEER_NETWORK, PEER_PROGRAMS, startDhcpPeer } from '../fakes/dhcp-peers.ts'
import { serveNetbootIn } from '../fakes/namespace-netboot.ts'
import { ODD_INPUTS, type OddInput, RELAY_INPUTS } from '../fakes/odd-inputs.ts'
import { cleanPacket, writeOddPacket } from '../fakes/odd-packet.ts'
import { needs, program, ROOT } from '../needs.ts'

const run = promisify(execFile)
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const { server: US, link, mac, reserved, first, last, router, dns, domain, leaseSeconds } = PEER_NETWORK
const CLIENT = '10.66.0.200'
type Server = 'ours' | DhcpPeer
const LABELS: Readonly<Record<Server, string>> = { ours: 'bo', dnsmasq: 'bd', Kea: 'bk', 'ISC dhcpd': 'bi' }

const ORDINARY = [
  [OPTION.parameterList, [1, 3, 6, 15, 51, 54]],
  [OPTION.maxMessageBytes, [5, 220]],
  [OPTION.hostName, [...Buffer.from('node')]],
] as const

function packetOf({ input, message, from }: Row, transactionId: number): Uint8Array {
  const asked = message === 'discover' ? {} : { serverId: US, requestedIp: reserved }
  const options = ORDINARY.map(([code, value]) => [code, Uint8Array.from(value)] as const)
  // To be answered by broadcast: the program that asks has no address of the machine.
  const sketch = { mac, flags: 0x8000, options, ...(from === 'relay' ? { relayAgentIp: CLIENT } : {}), ...asked }
  return writeOddPacket(input.odd(cleanPacket({ ...requestPacket(message, sketch), transactionId })))
}

interface Row {
  readonly key: string
  readonly input: OddInput
  readonly message: 'discover' | 'request'
  readonly from: 'machine' | 'relay'
}

/** Who is another machine has no address of its own to ask for. */
const ROWS = (['machine', 'relay'] as const).flatMap((from) =>
  (from === 'machine' ? ODD_INPUTS : [...ODD_INPUTS, ...RELAY_INPUTS]).flatMap((input): readonly Row[] =>
    (input.isAnotherMachine ? (['discover'] as const) : (['discover', 'request'] as const)).map((message) => {
      return { key: `${from === 'relay' ? 'relayed ' : ''}${message}: ${input.name}`, input, message, from }
    }),
  ),
)
const KEYS = ROWS.map(({ key }) => key)

type Said = Readonly<Record<string, string | undefined>> | undefined
const saidBy = new Map<Server, ReadonlyMap<string, Said>>()
/** Option 82 in our answers. Others leave out what is no clean list, or write it in an order of their own. */
const sentBack = new Map<string, string>()
const relayPart = (bytes: Uint8Array) => [...(decodePacket(bytes).options.get(OPTION.relayAgentInformation) ?? [])].join()

async function ask(server: Server): Promise<ReadonlyMap<string, Said>> {
  const networks = new CabledNamespaces(LABELS[server], [{ name: link, address: `${US}/24` }])
  const folder = await mkdtemp(join(tmpdir(), 'platen-beside-'))
  try {
    ip('-n', networks.client(link), 'address', 'add', `${CLIENT}/24`, 'dev', CLIENT_LINK)
    const serving = await (server === 'ours' ? serveOurs(networks.server) : startDhcpPeer(server, networks.server))
    try {
      const steps = ROWS.map((row, at) => {
        const bytes = Buffer.from(packetOf(row, at + 1)).toString('hex')
        return { bytes, from: row.from, waits: true }
      })
      const file = join(folder, 'said.json')
      await writeFile(file, JSON.stringify(steps))
      const asking = join(import.meta.dirname, '../fakes/ask-as-machine.ts')
      const words = ['netns', 'exec', networks.client(link), process.execPath, asking, CLIENT, US, file]
      const { stdout } = await run('ip', words, { timeout: 280_000, maxBuffer: 64 << 20 })
      const answers = JSON.parse(stdout) as readonly (Answer | null)[]
      if (server === 'ours')
        for (const [at, { key }] of ROWS.entries()) sentBack.set(key, relayPart(Buffer.from(answers[at]?.bytes ?? '', 'hex')))
      return new Map(ROWS.map(({ key, input }, at) => [key, essence(answers[at] ?? null, input)]))
    } finally {
      await serving.end()
    }
  } finally {
    networks[Symbol.dispose]()
    await rm(folder, { recursive: true })
  }
}

function serveOurs(namespace: string) {
  const subnet = {
    network: '10.66.0.0/24',
    ranges: [{ first, last }],
    reservations: [{ mac, address: reserved }],
    routers: [router],
    dnsServers: [dns],
    domainName: domain,
    leaseSeconds,
    probesAddresses: false,
  }
  const own = { name: link, mode: 'server', address: US, prefixLength: 24, subnets: [subnet] } as const
  return serveNetbootIn(namespace, { httpPort: 8080, interfaces: [own] })
}

interface Answer {
  readonly bytes: string
  /** Which of the asker's ports heard it. */
  readonly to: string
}

/** What a machine acts on, and its relay. */
function essence(answer: Answer | null, { name, isAnotherMachine }: OddInput): Said {
  if (answer === null) return undefined
  const bytes = Buffer.from(answer.bytes, 'hex')
  const packet = decodePacket(bytes)
  const option = (code: number) => [...(packet.options.get(code) ?? [])].join()
  return {
    message: messageName(packet) ?? 'none',
    address: isAnotherMachine ? 'any' : formatIpv4(packet.yourIp),
    // By that of RFC 5107, which Kea and ISC dhcpd do not know: tried in situations.test.ts.
    ...(/override/.test(name) ? {} : { server: option(OPTION.serverId) }),
    mask: option(OPTION.subnetMask),
    lease: option(OPTION.leaseSeconds),
    // What a machine asks for is told by its list, and that is what is odd here.
    ...(/\b55\b/.test(name)
      ? {}
      : { router: option(OPTION.router), dns: option(OPTION.dnsServer), domain: readText(packet.options, OPTION.domainName) }),
    // Kea answers some of those whose length is too large, with an empty address, which no machine takes for its own.
    ...(/says \d+ bytes/.test(name) ? {} : { hardware: `${bytes[1]} ${bytes[2]} ${bytes.toString('hex', 28, 44)}` }),
    to: answer.to,
  }
}

describe('ours', needs(ROOT), () => {
  beforeAll(async () => {
    saidBy.set('ours', await ask('ours'))
  })

  it.each(KEYS)('answers %s', (key) => {
    expect(saidBy.get('ours')!.get(key)).toBeDefined()
  })

  it('what relays and switches added comes back byte by byte', () => {
    expect(ROWS.map(({ key }) => [key, sentBack.get(key)])).toEqual(ROWS.map((row) => [row.key, relayPart(packetOf(row, 1))]))
  })
})

describe.each(Object.entries(PEER_PROGRAMS) as [DhcpPeer, string][])('beside %s', (peer, installed) => {
  describe('on the same network', needs(ROOT, program(installed)), () => {
    beforeAll(async () => {
      saidBy.set(peer, await ask(peer))
    })

    it('it speaks at all', () => {
      expect(saidBy.get(peer)!.get(KEYS[0]!)).toBeDefined()
    })

    it.each(KEYS)('what it answers, we answer: %s', (key) => {
      const said = saidBy.get(peer)!.get(key)
      if (said !== undefined) expect(saidBy.get('ours')!.get(key)).toEqual(said)
    })
  })
})
