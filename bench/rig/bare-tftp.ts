// What TFTP costs in Node with nothing but the packets: none of our code, no timers, nothing sent again. node bare-tftp.ts PORT FOLDER
import { createSocket, type RemoteInfo } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [port = '', folder = ''] = process.argv.slice(2)
const door = createSocket('udp4')
door.on('message', (request, client) => {
  const [name = '', , ...words] = request.toString('latin1', 2).split('\0')
  const options = new Map<string, number>()
  for (let at = 0; at + 1 < words.length; at += 2)
    if (words[at] === 'blksize' || words[at] === 'windowsize') options.set(words[at]!, Number(words[at + 1]))
  serve(readFileSync(join(folder, name)), options, client)
})
door.bind(Number(port), '127.0.0.1')

function serve(content: Buffer, options: ReadonlyMap<string, number>, client: RemoteInfo): void {
  const block = options.get('blksize') ?? 512
  const window = options.get('windowsize') ?? 1
  const last = Math.floor(content.length / block) + 1
  const frames = Array.from({ length: window + 1 }, () => Buffer.alloc(block + 4, '\0\x03'))
  const socket = createSocket('udp4')
  let acked = 0
  let isAgreed = options.size === 0
  const sendWindow = () => {
    for (let next = acked + 1; next <= acked + window && next <= last; next++) {
      const frame = frames[next % frames.length]!
      frame[0] = 0
      frame[1] = 3
      frame[2] = next >> 8
      frame[3] = next
      const copied = content.copy(frame, 4, (next - 1) * block, next * block)
      socket.send(copied === block ? frame : frame.subarray(0, copied + 4))
    }
  }
  socket.on('message', (ack) => {
    if (isAgreed) {
      const more = (((ack[2]! << 8) | ack[3]!) - acked) & 0xffff
      if (more <= window) acked += more
    }
    isAgreed = true
    if (ack[1] !== 4 || acked >= last) socket.close()
    else sendWindow()
  })
  socket.on('error', () => socket.close())
  socket.bind(0, '127.0.0.1', () =>
    socket.connect(client.port, client.address, () => {
      if (isAgreed) sendWindow()
      else socket.send(`\0\x06${[...options].map(([word, value]) => `${word}\0${value}\0`).join('')}`)
    }),
  )
}
