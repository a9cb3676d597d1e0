// A whole netboot room on loopback, on ports of its own, with a folder of loaders; and a relay that speaks to it.
import { createSocket, type Socket } from 'node:dgram'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DhcpPacket, decodePacket, encodePacket } from '../../src/netboot/dhcp/packet.ts'
import {
  type BootPolicy,
  createNetboot,
  type KnownNode,
  type LoaderRule,
  type NeighbourTable,
  type Netboot,
  type NetbootInterface,
  type NetbootPorts,
  type TftpLimits,
} from '../../src/netboot/index.ts'
import { EVERYBODYS_ADDRESS } from './proven-peer.ts'

export const RELAY = '127.0.0.2'

export class FixedBootPolicy implements BootPolicy {
  refused = new Set<string>()
  /** By MAC. */
  nodes = new Map<string, KnownNode>()

  mayBoot(mac: string): boolean {
    return !this.refused.has(mac)
  }

  bootAnswer(): ReturnType<BootPolicy['bootAnswer']> {
    return { kind: 'boot-os', architecture: 'x64', kernelArguments: ['platen.token=t'] }
  }

  nodeOf(mac: string): KnownNode | undefined {
    return this.nodes.get(mac)
  }
}

export interface NetbootScene {
  readonly netboot: Netboot
  readonly ports: NetbootPorts
  readonly bootDir: string
  readonly stateDir: string
  readonly policy: FixedBootPolicy
  /** Sends as a relay (giaddr 127.0.0.2) and gives the reply; undefined when none comes. */
  relay(packet: DhcpPacket): Promise<DhcpPacket | undefined>
  /** The same, of a packet that is made by hand. */
  relayBytes(bytes: Uint8Array): Promise<DhcpPacket | undefined>
  send(bytes: Uint8Array, port: number): Promise<void>
  end(): Promise<void>
}

let nextPort = 20_000 + (process.pid % 20_000)

export interface SceneOptions {
  readonly interface?: Partial<NetbootInterface>
  readonly stateDir?: string
  readonly tftp?: Partial<TftpLimits>
  readonly loaders?: readonly LoaderRule[]
  readonly now?: () => number
  readonly probe?: (address: number) => Promise<boolean>
  /** Left out: every address is whose it says it is. */
  readonly neighbours?: NeighbourTable
}

export async function netbootScene(options: SceneOptions = {}): Promise<NetbootScene> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-netboot-'))
  const bootDir = join(folder, 'boot')
  const stateDir = options.stateDir ?? join(folder, 'state')
  await mkdir(join(bootDir, 'loaders'), { recursive: true })
  await mkdir(join(bootDir, 'x64'))
  await writeFile(join(bootDir, 'loaders', 'undionly.kpxe'), Buffer.alloc(100_000, 'undi'))
  await writeFile(join(bootDir, 'loaders', 'snponly-x64.efi'), Buffer.alloc(300_001, 'snp'))
  await writeFile(join(bootDir, 'x64', 'vmlinuz'), Buffer.alloc(2_000_003, 'kernel'))
  await mkdir(join(bootDir, 'builds/x64/3'), { recursive: true })
  await writeFile(join(bootDir, 'builds/x64/3/vmlinuz'), 'kernel of build 3')
  await writeFile(join(folder, 'secret'), 'outside')
  nextPort += 4
  const ports = { dhcpServer: nextPort, dhcpClient: nextPort + 1, proxyDhcp: nextPort + 2, tftp: nextPort + 3 }
  const policy = new FixedBootPolicy()
  const netboot = createNetboot(
    {
      bootDir,
      stateDir,
      httpPort: 8080,
      ports,
      tftp: options.tftp,
      loaders: options.loaders,
      interfaces: [
        { name: 'lo', mode: 'server', address: '127.0.0.1', prefixLength: 8, subnets: [SUBNET], ...options.interface },
      ],
    },
    {
      policy,
      log: { info() {}, warn() {} },
      now: options.now,
      // A test moves one clock for both.
      elapsed: options.now,
      probe: options.probe,
      neighbours: options.neighbours ?? EVERYBODYS_ADDRESS,
    },
  )
  await netboot.start()
  const socket = await relaySocket(ports.dhcpServer)
  const send = (bytes: Uint8Array, port: number) =>
    new Promise<void>((sent) => socket.send(bytes, port, '127.0.0.1', () => sent()))
  const relayBytes = async (bytes: Uint8Array) => {
    const reply = nextReply(socket, Buffer.from(bytes).readUInt32BE(4))
    await send(bytes, ports.dhcpServer)
    return reply
  }
  return {
    netboot,
    ports,
    bootDir,
    stateDir,
    policy,
    send,
    relay: (packet) => relayBytes(encodePacket(packet)),
    relayBytes,
    end: async () => {
      await new Promise<void>((closed) => socket.close(() => closed()))
      await netboot.stop()
      await rm(folder, { recursive: true })
    },
  }
}

const SUBNET = { network: '127.0.0.0/8', ranges: [{ first: '127.0.1.1', last: '127.0.1.200' }], probesAddresses: false }
const NO_REPLY_MS = 300

async function relaySocket(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  await new Promise<void>((bound) => socket.bind(port, RELAY, () => bound()))
  return socket
}

/** To this transaction: one before may have been answered late. */
function nextReply(socket: Socket, transactionId: number): Promise<DhcpPacket | undefined> {
  return new Promise((answered) => {
    const onMessage = (bytes: Buffer) => {
      // What TFTP says comes here too.
      const packet = tryDecode(bytes)
      if (packet?.transactionId !== transactionId) return
      clearTimeout(timer)
      socket.off('message', onMessage)
      answered(packet)
    }
    const timer = setTimeout(() => {
      socket.off('message', onMessage)
      answered(undefined)
    }, NO_REPLY_MS)
    socket.on('message', onMessage)
  })
}

function tryDecode(bytes: Uint8Array): DhcpPacket | undefined {
  try {
    return decodePacket(bytes)
  } catch {
    return undefined
  }
}
