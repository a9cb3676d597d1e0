// Sockets that a parent opened for us and handed over (sd_listen_fds): each tied to one interface, with no need for root here.
import { createSocket, type Socket } from 'node:dgram'

/** File descriptors by interface: the name of a handed socket (FileDescriptorName=) is the name of its interface. */
export type HandedSockets = Readonly<Record<string, readonly number[]>>

const FIRST_FD = 3

/** From LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; empty when they are absent or meant for another process. */
export function parseListenFds(env: Readonly<Record<string, string | undefined>>, pid: number): HandedSockets {
  const count = Number(env.LISTEN_FDS ?? 0)
  if (Number(env.LISTEN_PID) !== pid || !Number.isInteger(count)) return {}
  const names = (env.LISTEN_FDNAMES ?? '').split(':')
  const found: Record<string, number[]> = {}
  for (let index = 0; index < count; index++) {
    const name = names[index] ?? ''
    found[name] = [...(found[name] ?? []), FIRST_FD + index]
  }
  return found
}

/** One socket unit names all its sockets alike; the port tells what each is for. */
export async function openHanded(fds: readonly number[]): Promise<ReadonlyMap<number, Socket>> {
  const sockets = await Promise.all(fds.map(open))
  return new Map(sockets.map((socket) => [socket.address().port, socket]))
}

function open(fd: number): Promise<Socket> {
  const socket = createSocket('udp4')
  return new Promise((opened, failed) => {
    socket.once('error', failed)
    socket.bind({ fd }, () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {})
      opened(socket)
    })
  })
}
