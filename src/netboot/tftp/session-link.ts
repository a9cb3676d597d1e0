// Where the datagrams of one download go: through the server's own socket, or through one for it alone. Opens sockets.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

export interface SessionLink {
  /** Calls back when it can send, unless it was closed before. */
  whenReady(start: () => void): void
  send(datagram: Uint8Array): void
  close(): void
}

/** What comes back arrives at the shared socket, whose owner passes it on. */
export function sharedLink(socket: Socket, { address, port }: RemoteInfo): SessionLink {
  let isOpen = true
  return {
    whenReady: (start) => start(),
    send: (datagram) => {
      if (isOpen) socket.send(datagram, port, address)
    },
    close: () => {
      isOpen = false
    },
  }
}

export interface OwnLinkOptions {
  /** Ours. */
  readonly address: string
  readonly client: RemoteInfo
  readonly onDatagram: (datagram: Buffer) => void
  /** Nobody listens at the client's port. */
  readonly onGone: () => void
  /** A router on the way told that a datagram was too large for what comes next. The kernel cuts later ones into fragments. */
  readonly onTooNarrow: () => void
  /** It cannot be opened: this machine's own trouble. */
  readonly onBroken: (reason: string) => void
}

/** Connected: the kernel drops what others send there, and tells when the client's port is closed. */
export function ownLink({ address, client, onDatagram, onGone, onTooNarrow, onBroken }: OwnLinkOptions): SessionLink {
  // The address is a number already: without this, connect would ask the resolver's thread pool.
  const socket = createSocket({
    type: 'udp4',
    lookup: (host, _options, found) => found(null, host, 4),
    sendBufferSize: 1024 * 1024,
  })
  socket.on('message', onDatagram)
  let isReady = false
  socket.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (!isReady) onBroken(message)
    else if (code === 'ECONNREFUSED') onGone()
    else if (code === 'EMSGSIZE') onTooNarrow()
    // Anything else passes: no route for a moment, no ARP answer from a client that restarts its network, a full queue. It is sent again.
  })
  let isOpen = true
  return {
    whenReady: (start) => {
      socket.bind(0, address, () => {
        if (!isOpen) return
        socket.connect(client.port, client.address, (error?: Error) => {
          isReady = error === undefined
          if (error !== undefined) onBroken(error.message)
          else if (isOpen) start()
        })
      })
    },
    send: (datagram) => {
      if (isOpen && isReady) socket.send(datagram)
    },
    close: () => {
      if (!isOpen) return
      isOpen = false
      socket.close()
    },
  }
}
