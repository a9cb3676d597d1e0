// A program: says DHCP packets in the place of a machine or of a relay, and prints what comes back and to which port. It runs behind one
// interface. Arguments: its own address, the server's, and a file with the list of { bytes, from, waits }.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** machine: by broadcast from port 68. relay: from port 67, straight to the server. own-port: as a relay from a port of its own. */
interface Said {
  readonly bytes: string
  readonly from: 'machine' | 'relay' | 'own-port'
  /** Nobody answers a DECLINE or a RELEASE. */
  readonly waits: boolean
}

const ANSWER_MS = 700
const [own = '', server = '', file = ''] = process.argv.slice(2)
const steps = JSON.parse(readFileSync(file, 'utf8')) as readonly Said[]

// Broadcasts come to a socket without an address of its own, and leave by the interface of one that has it.
const mouths = { machine: await bound(68, own), relay: await bound(67, own), 'own-port': await bound(0, own) }
const ear = await bound(68)
mouths.machine.setBroadcast(true)
const all = [ear, ...Object.values(mouths)]

const answers = []
for (const { bytes, from, waits } of steps) {
  const said = Buffer.from(bytes, 'hex')
  const answer = waits ? answerTo(said.readUInt32BE(4)) : null
  await new Promise((sent) => mouths[from].send(said, 67, from === 'machine' ? '255.255.255.255' : server, sent))
  answers.push(await answer)
}
console.log(JSON.stringify(answers))
for (const socket of all) socket.close()

async function bound(port: number, address?: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port, address)
  await once(socket, 'listening')
  return socket
}

function answerTo(transactionId: number): Promise<{ bytes: string; to: string } | null> {
  const stop = new AbortController()
  const places = [['machine', ear] as const, ...(Object.entries(mouths) as [string, Socket][])]
  const waits = places.map(async ([to, socket]) => {
    for (;;) {
      const [bytes] = (await once(socket, 'message', { signal: stop.signal })) as [Buffer]
      if (bytes[0] === 2 && bytes.readUInt32BE(4) === transactionId) return { bytes: bytes.toString('hex'), to }
    }
  })
  for (const wait of waits) wait.catch(() => {})
  const nothing = new Promise<null>((resolve) => setTimeout(() => resolve(null), ANSWER_MS))
  return Promise.race([...waits, nothing]).finally(() => stop.abort())
}
