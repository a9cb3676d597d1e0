// A relay for TFTP between client and server that loses a share of the datagrams, the same ones in every run.
import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

export interface RelayCount {
  /** DATA and OACK datagrams that the server sent. */
  readonly sent: number
  /** Of these, how many never reached the client. */
  readonly lost: number
}

export interface LossyRelay {
  readonly port: number
  count(): RelayCount
  close(): void
}

/** Every client port is one transfer, with a pair of sockets of its own, as behind an address translation. */
export async function openLossyRelay(serverPort: number, lossShare: number): Promise<LossyRelay> {
  const random = mulberry32(20_010_617)
  const isLost = () => random() < lossShare
  const opened: Socket[] = []
  let sent = 0
  let lost = 0
  const front = await open(opened)
  const transfers = new Map<number, Promise<Socket>>()

  async function transfer(clientPort: number): Promise<Socket> {
    const toServer = await open(opened)
    const toClient = await open(opened)
    let serverTransferPort = 0
    toServer.on('message', (datagram, { port }) => {
      serverTransferPort = port
      sent++
      if (isLost()) lost++
      else toClient.send(datagram, clientPort, '127.0.0.1')
    })
    toClient.on('message', (datagram) => {
      if (!isLost()) toServer.send(datagram, serverTransferPort, '127.0.0.1')
    })
    return toServer
  }

  front.on('message', (request, { port }) => {
    const known = transfers.get(port) ?? transfer(port)
    transfers.set(port, known)
    void known.then((toServer) => {
      if (!isLost()) toServer.send(request, serverPort, '127.0.0.1')
    })
  })
  return {
    port: (front.address() as AddressInfo).port,
    count: () => ({ sent, lost }),
    close: () => {
      for (const socket of opened) socket.close()
    },
  }
}

async function open(opened: Socket[]): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 })
  // A client that has ended answers with ICMP; the others go on.
  socket.on('error', () => {})
  opened.push(socket)
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', () => bound()))
  return socket
}

/** Small repeatable pseudo-random numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
