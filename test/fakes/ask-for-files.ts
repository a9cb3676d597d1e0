// A program: says TFTP requests, byte for byte, and takes whatever comes as the plainest client would. Prints what each of them brought.
// Arguments: a server's address, and a file with the list of requests in hex.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { decodeTftp, encodeTftp } from '../../src/netboot/tftp/packet.ts'

export interface Fetched {
  /** As latin1; undefined when the file did not come to its end. */
  readonly content?: string
  /** What the server said to the options; undefined when it said nothing to them. */
  readonly agreed?: Readonly<Record<string, string>>
  readonly error?: number
}

const ANSWER_MS = 700
const [server = '', file = ''] = process.argv.slice(2)
const said: Fetched[] = []
for (const request of JSON.parse(readFileSync(file, 'utf8')) as readonly string[])
  said.push(await fetchBy(Buffer.from(request, 'hex')))
console.log(JSON.stringify(said))

async function fetchBy(request: Buffer): Promise<Fetched> {
  const socket = createSocket('udp4')
  let agreed: Record<string, string> | undefined
  const parts: Buffer[] = []
  try {
    await new Promise<void>((sent) => socket.send(request, 69, server, () => sent()))
    for (let next = 1; ; ) {
      const [bytes, from] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS) })
      const packet = decodeTftp(bytes)
      if (packet.kind === 'error') return { error: packet.code, ...(agreed && { agreed }) }
      if (packet.kind === 'option-ack') {
        agreed = Object.fromEntries(packet.options)
        socket.send(encodeTftp({ kind: 'ack', block: 0 }), from.port, from.address)
      } else if (packet.kind === 'data' && packet.block === next) {
        next++
        parts.push(Buffer.from(packet.payload))
        const isLast = packet.payload.length < Number(agreed?.blksize ?? 512)
        // A window is acknowledged at its end: each block is right, too.
        await new Promise<void>((sent) =>
          socket.send(encodeTftp({ kind: 'ack', block: packet.block }), from.port, from.address, () => sent()),
        )
        if (isLast) return { content: Buffer.concat(parts).toString('latin1'), ...(agreed && { agreed }) }
      }
    }
  } catch {
    return agreed === undefined ? {} : { agreed }
  } finally {
    socket.close()
  }
}
