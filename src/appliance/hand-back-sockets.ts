// A program of a moment: sends the sockets that it was started with, from descriptor 3 on, to the process that started it.
import { createSocket, type Socket } from 'node:dgram'

const FIRST_FD = 3

for (let at = 0; at < Number(process.argv[2]); at++) await handBack(await open(FIRST_FD + at))
process.disconnect()

function open(fd: number): Promise<Socket> {
  const socket = createSocket('udp4')
  return new Promise((opened) => socket.bind({ fd }, () => opened(socket)))
}

function handBack(socket: Socket): Promise<void> {
  return new Promise((sent, failed) => {
    // Node sends these too (child_process, subprocess.send); its types tell of TCP only.
    process.send?.({}, socket as never, {}, (error: Error | null) => {
      socket.close()
      if (error === null) sent()
      else failed(error)
    })
  })
}
