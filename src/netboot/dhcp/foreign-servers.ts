// Looks for other DHCP servers: asks as a relay would, so that they answer to our own port. Pure but for what was seen.
import { randomInt } from 'node:crypto'
import { type Ipv4, UNSPECIFIED } from './ipv4.ts'
import { OPTION } from './option-codes.ts'
import { readIpv4, readText, textBytes } from './option-values.ts'
import { type DhcpPacket, encodePacket, MESSAGE, messageName } from './packet.ts'

export interface ForeignServer {
  readonly server: Ipv4
  /** 0 when it offered no address. */
  readonly offered: Ipv4
  readonly bootFile: string | undefined
}

/** Locally administered, the same every time: a server that answers sets one address aside for it, not many. */
const PROBE_MAC = Uint8Array.of(0x02, 0x70, 0x6c, 0x61, 0x74, 0x6e)

export class ForeignServerWatch {
  #serverIp: Ipv4
  #transactionId = 0

  constructor(serverIp: Ipv4) {
    this.#serverIp = serverIp
  }

  /** A DISCOVER to broadcast. Our own address as relay makes servers answer it by unicast, to port 67. */
  probe(): Buffer {
    this.#transactionId = randomInt(1, 2 ** 32)
    return encodePacket({
      op: 'request',
      hardwareType: 1,
      hops: 1,
      transactionId: this.#transactionId,
      secondsElapsed: 0,
      flags: 0,
      clientIp: UNSPECIFIED,
      yourIp: UNSPECIFIED,
      nextServerIp: UNSPECIFIED,
      relayAgentIp: this.#serverIp,
      hardwareAddress: PROBE_MAC,
      serverName: '',
      bootFile: '',
      options: new Map([
        [OPTION.messageType, Uint8Array.of(MESSAGE.discover)],
        [OPTION.vendorClass, textBytes('PXEClient:Arch:00007:UNDI:003016')],
        [OPTION.clientArchitecture, Uint8Array.of(0, 7)],
        [OPTION.parameterList, Uint8Array.of(OPTION.subnetMask, OPTION.router, OPTION.tftpServerName, OPTION.bootFile)],
      ]),
    })
  }

  /** Broadcasts come back to who sent them. */
  isOurProbe({ op, transactionId, hardwareAddress }: DhcpPacket): boolean {
    return op === 'request' && transactionId === this.#transactionId && Buffer.from(PROBE_MAC).equals(hardwareAddress)
  }

  /** Who answered the probe; undefined when the packet is something else, or our own. */
  answerIn(packet: DhcpPacket): ForeignServer | undefined {
    const server = readIpv4(packet.options, OPTION.serverId)
    const isAnswer = packet.op === 'reply' && packet.transactionId === this.#transactionId && messageName(packet) === 'offer'
    if (!isAnswer || server === undefined || server === this.#serverIp) return undefined
    const file = packet.bootFile === '' ? readText(packet.options, OPTION.bootFile) : packet.bootFile
    return { server, offered: packet.yourIp, bootFile: file === '' ? undefined : file }
  }
}
