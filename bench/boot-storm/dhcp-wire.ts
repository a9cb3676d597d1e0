// The DHCP side of many simulated machines: one socket on port 68, answers handed to whom they are for. Runs in the clients' namespace.
import { createSocket, type Socket } from 'node:dgram'
import { type DhcpPacket, decodePacket, encodePacket } from '../../src/netboot/dhcp/packet.ts'

/** As firmware asks again, in milliseconds. */
const PATIENCE_MS = [2000, 4000, 8000, 16_000]

export class DhcpWire {
  readonly #socket: Socket
  readonly #waiting = new Map<string, (reply: DhcpPacket) => void>()
  /** Questions that had to be asked once more. */
  repeats = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes) => this.#receive(bytes))
  }

  static async open(): Promise<DhcpWire> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 8 * 1024 * 1024 })
    await new Promise<void>((bound) => socket.bind(68, '0.0.0.0', () => bound()))
    socket.setBroadcast(true)
    return new DhcpWire(socket)
  }

  /** Fails when nobody answers. */
  async ask(packet: DhcpPacket): Promise<DhcpPacket> {
    const key = keyOf(packet)
    for (const waitMs of PATIENCE_MS) {
      const reply = await this.#once(packet, key, waitMs)
      if (reply !== undefined) return reply
      this.repeats++
    }
    throw new Error('no answer to DHCP')
  }

  close(): void {
    this.#socket.close()
  }

  #once(packet: DhcpPacket, key: string, waitMs: number): Promise<DhcpPacket | undefined> {
    return new Promise((answered) => {
      const timer = setTimeout(() => this.#settle(key, undefined, answered), waitMs)
      this.#waiting.set(key, (reply) => {
        clearTimeout(timer)
        this.#settle(key, reply, answered)
      })
      this.#socket.send(encodePacket(packet), 67, '255.255.255.255')
    })
  }

  #settle(key: string, reply: DhcpPacket | undefined, answered: (reply: DhcpPacket | undefined) => void): void {
    this.#waiting.delete(key)
    answered(reply)
  }

  #receive(bytes: Uint8Array): void {
    const packet = decodePacket(bytes)
    if (packet.op === 'reply') this.#waiting.get(keyOf(packet))?.(packet)
  }
}

function keyOf({ transactionId, hardwareAddress }: DhcpPacket): string {
  return `${transactionId} ${Buffer.from(hardwareAddress).toString('hex')}`
}
