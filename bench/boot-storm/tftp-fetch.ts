// Fetches one file by TFTP as firmware does: blocks of 1468 bytes, windows of 4, from the machine's own address.
import { createSocket } from 'node:dgram'
import { decodeTftp, encodeTftp } from '../../src/netboot/tftp/packet.ts'

const BLOCK_BYTES = 1468
const WINDOW_BLOCKS = 4
const REPEAT_MS = 3000
const MAX_REPEATS = 5

export interface TftpSource {
  readonly from: string
  readonly server: string
  readonly file: string
}

/** How many bytes came. */
export function fetchByTftp({ from, server, file }: TftpSource): Promise<number> {
  return new Promise((done, failed) => {
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) })
    let transferPort: number | undefined
    let last = 0
    let received = 0
    let silences = 0
    let timer = setTimeout(onSilence, REPEAT_MS)

    function end(outcome: () => void): void {
      clearTimeout(timer)
      socket.close()
      outcome()
    }
    function acknowledge(): void {
      if (transferPort !== undefined) socket.send(encodeTftp({ kind: 'ack', block: last & 0xffff }), transferPort, server)
    }
    function onSilence(): void {
      if (++silences > MAX_REPEATS) {
        end(() => failed(new Error(`TFTP of ${file} stands at block ${last}`)))
        return
      }
      timer = setTimeout(onSilence, REPEAT_MS)
      if (transferPort === undefined) ask()
      else acknowledge()
    }
    function ask(): void {
      const options = new Map([
        ['blksize', String(BLOCK_BYTES)],
        ['windowsize', String(WINDOW_BLOCKS)],
      ])
      socket.send(encodeTftp({ kind: 'read', file, mode: 'octet', options }), 69, server)
    }

    socket.on('error', (error) => end(() => failed(error)))
    socket.on('message', (bytes, { port }) => {
      const packet = decodeTftp(bytes)
      transferPort ??= port
      timer.refresh()
      switch (packet.kind) {
        case 'option-ack':
          return acknowledge()
        case 'error':
          return end(() => failed(new Error(`TFTP of ${file}: ${packet.message}`)))
        case 'data': {
          if (packet.block !== ((last + 1) & 0xffff)) return
          last++
          received += packet.payload.length
          const isLast = packet.payload.length < BLOCK_BYTES
          if (isLast || last % WINDOW_BLOCKS === 0) acknowledge()
          if (isLast) setImmediate(() => end(() => done(received)))
          return
        }
        case 'read':
        case 'write':
        case 'ack':
          return
      }
    })
    socket.bind(0, from, ask)
  })
}
