// Simulated machines on loopback: one asks what to boot over a connection of its own, one asks for an address through a relay.
import { createSocket, type Socket } from 'node:dgram'
import { decodePacket, encodePacket } from '../../src/netboot/dhcp/packet.ts'
import { requestPacket } from '../../test/fakes/dhcp-packets.ts'
import { fetchScript } from '../rig/fetch-script.ts'

const RELAY = '127.0.0.2'

/** Every other one has the prefix that a rule approves. */
export function macOfNode(n: number): string {
  const tail = [24, 16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0'))
  return `${n % 2 === 1 ? '52:54' : '52:55'}:${tail.join(':')}`
}

/** Milliseconds from the first packet to the whole script. */
export async function askForScript(url: string, mac: string): Promise<number> {
  return (await fetchScript(`${url}/boot/${mac}.ipxe?platform=efi&arch=x86_64`)).ms
}

/** Asks for many machines at once; the transaction tells whose answer it is. */
export class Relay implements Disposable {
  readonly #socket: Socket
  readonly #port: number
  readonly #waiting = new Map<number, () => void>()
  #transaction = 0

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
    socket.on('message', (bytes) => this.#waiting.get(decodePacket(bytes).transactionId)?.())
  }

  static async open(port: number): Promise<Relay> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 1024 * 1024 })
    await new Promise<void>((bound) => socket.bind(port, RELAY, bound))
    return new Relay(socket, port)
  }

  /** Milliseconds from DISCOVER to OFFER. */
  askForOffer(mac: string): Promise<number> {
    const sketch = { mac, relayAgentIp: RELAY, vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
    const transactionId = ++this.#transaction
    const bytes = encodePacket({ ...requestPacket('discover', sketch), transactionId })
    const startedAt = performance.now()
    return new Promise((resolve) => {
      this.#waiting.set(transactionId, () => {
        this.#waiting.delete(transactionId)
        resolve(performance.now() - startedAt)
      })
      this.#socket.send(bytes, this.#port, '127.0.0.1')
    })
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}
