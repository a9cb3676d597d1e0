// The UDP sockets of one interface: 67 for broadcasts, 67 on our own address, 4011 for boot server requests.
import { createSocket, type Socket } from 'node:dgram'
import { AppError } from '../../contract/errors.ts'
import type { NetbootPorts } from '../config.ts'
import type { Endpoint } from './destination.ts'
import { formatIpv4, LIMITED_BROADCAST, parseIpv4 } from './ipv4.ts'

export interface Arrival {
  readonly bytes: Uint8Array
  readonly from: Endpoint
  readonly isBootServerRequest: boolean
}

export interface DhcpSockets {
  /** Resolves when the kernel took the datagram; never rejects for what the network does with it. */
  send(bytes: Uint8Array, to: Endpoint, isBootServerReply: boolean): Promise<Error | undefined>
  close(): Promise<void>
}

export interface OpenOptions {
  readonly address: string
  readonly ports: NetbootPorts
  readonly onArrival: (arrival: Arrival) => void
  /** Tied to the interface by whoever opened them, by port; then none is opened here. */
  readonly handed: ReadonlyMap<number, Socket>
}

/** Port 4011 is for proxy mode and for firmware that asks it although the offer was complete. */
export async function openDhcpSockets(options: OpenOptions): Promise<DhcpSockets> {
  const { address, ports, onArrival, handed } = options
  if (handed.has(ports.dhcpServer)) return useHanded(options)
  await assertFree(ports.dhcpServer)
  const opened: Socket[] = []
  try {
    // Broadcasts reach only a socket without an address of its own.
    opened.push(await bind('0.0.0.0', ports.dhcpServer))
    // A broadcast leaves by the interface whose address the socket has, whatever the routes say; so all is sent from here.
    const own = await bind(address, ports.dhcpServer)
    opened.push(own)
    const bootServer = await bind(address, ports.proxyDhcp)
    opened.push(bootServer)
    for (const socket of opened) listen(socket, socket === bootServer, onArrival)
    return serve({ device: own, own, bootServer }, opened)
  } catch (error) {
    await Promise.all(opened.map(close))
    throw error
  }
}

/**
 * A socket tied to a device hears the broadcasts of that device alone and broadcasts out of it. What is sent to our address comes to a
 * socket of that address: a relay may be behind another interface, and is answered by the routes. Without the right to open one,
 * the socket of the device serves for both.
 */
async function useHanded({ address, handed, ports, onArrival }: OpenOptions): Promise<DhcpSockets> {
  const device = handed.get(ports.dhcpServer)!
  device.setBroadcast(true)
  const own = await bind(address, ports.dhcpServer).catch(() => device)
  const bootServer = handed.get(ports.proxyDhcp) ?? (await bind(address, ports.proxyDhcp).catch(() => own))
  const all = [...new Set([device, own, bootServer])]
  for (const socket of all) listen(socket, socket === bootServer && bootServer !== own, onArrival)
  return serve({ device, own, bootServer }, all)
}

interface Roles {
  /** For broadcasts. */
  readonly device: Socket
  readonly own: Socket
  readonly bootServer: Socket
}

function serve({ device, own, bootServer }: Roles, all: readonly Socket[]): DhcpSockets {
  const unicast = (isBootServerReply: boolean) => (isBootServerReply ? bootServer : own)
  return {
    send: (bytes, to, isBootServerReply) =>
      send(to.address === LIMITED_BROADCAST ? device : unicast(isBootServerReply), bytes, to),
    close: async () => {
      await Promise.all(all.map(close))
    },
  }
}

/** Sharing the port (which our two sockets do) would also let a second DHCP server share it: look without sharing first. */
async function assertFree(port: number): Promise<void> {
  await close(await bind('0.0.0.0', port, false))
}

function bind(address: string, port: number, reuseAddr = true): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr, recvBufferSize: RECEIVE_BUFFER_BYTES })
  return new Promise((bound, failed) => {
    socket.once('error', (cause) => failed(bindFailure(cause, address, port)))
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error')
      // An ICMP error for an earlier datagram is reported here; it is no reason to stop serving the others.
      socket.on('error', () => {})
      socket.setBroadcast(true)
      bound(socket)
    })
  })
}

/**
 * Room for a rack that is switched on at once, between two turns of the loop. Not more: who finds a long queue is answered so
 * late that he has asked again by then, and the queue grows.
 */
const RECEIVE_BUFFER_BYTES = 1024 * 1024

function bindFailure(cause: NodeJS.ErrnoException | Error, address: string, port: number): AppError {
  const code = 'code' in cause ? cause.code : undefined
  const hint: Record<string, string> = {
    EADDRINUSE: `Find the program with \`ss -lunp 'sport = :${port}'\` and stop it; when it serves another interface, let systemd open ours (setup/systemd).`,
    EACCES: 'Ports below 1024 need root, CAP_NET_BIND_SERVICE, or the socket units of setup/systemd.',
    EADDRNOTAVAIL: `No interface has ${address}: give it with \`ip address add\`, or correct the configuration.`,
  }
  return new AppError(
    code === 'EADDRNOTAVAIL' ? 'NETBOOT_INTERFACE_UNUSABLE' : 'APPLIANCE_PORT_TAKEN',
    `cannot listen on UDP ${address}:${port} (${code ?? cause.message})`,
    hint[code ?? ''] ?? 'Look at `ss -lunp` and at the configuration of the interface.',
    { cause },
  )
}

function listen(socket: Socket, isBootServerRequest: boolean, onArrival: (arrival: Arrival) => void): void {
  socket.on('message', (bytes, { address, port }) =>
    onArrival({ bytes, from: { address: parseIpv4(address), port }, isBootServerRequest }),
  )
}

function send(socket: Socket, bytes: Uint8Array, { address, port }: Endpoint): Promise<Error | undefined> {
  return new Promise((sent) => {
    try {
      const host = address === LIMITED_BROADCAST ? '255.255.255.255' : formatIpv4(address)
      socket.send(bytes, port, host, (error) => sent(error ?? undefined))
    } catch (error) {
      sent(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

function close(socket: Socket): Promise<void> {
  return new Promise((closed) => {
    socket.close(() => closed())
  })
}
