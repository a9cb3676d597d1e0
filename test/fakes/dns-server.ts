// A DNS server on loopback that answers from a short list: PTR, SRV and TXT records, as RFC 1035 and 2782 lay them out.
import { createSocket, type Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'

export type DnsRecord =
  | { readonly type: 'PTR'; readonly name: string; readonly value: string }
  | { readonly type: 'TXT'; readonly name: string; readonly value: readonly string[] }
  | { readonly type: 'SRV'; readonly name: string; readonly value: string; readonly port: number; readonly priority?: number }

const TYPES = { PTR: 12, TXT: 16, SRV: 33 } as const
const NO_SUCH_NAME = 3

export class DnsServer implements AsyncDisposable {
  readonly asked: string[] = []
  readonly #socket: Socket
  readonly #records: readonly DnsRecord[]

  private constructor(socket: Socket, records: readonly DnsRecord[]) {
    this.#socket = socket
    this.#records = records
    socket.on('message', (query, { port, address }) => socket.send(this.#answer(query), port, address))
  }

  static async start(records: readonly DnsRecord[]): Promise<DnsServer> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return new DnsServer(socket, records)
  }

  /** As dns.setServers takes it. */
  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }

  #answer(query: Buffer): Buffer {
    const { name, end } = readName(query)
    const type = query.readUInt16BE(end)
    this.asked.push(name)
    const found = this.#records.filter(
      (record) => record.name.toLowerCase() === name.toLowerCase() && TYPES[record.type] === type,
    )
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(0x8180 | (found.length === 0 ? NO_SUCH_NAME : 0), 2)
    head.writeUInt16BE(found.length, 6)
    head.fill(0, 8)
    return Buffer.concat([head, query.subarray(12, end + 4), ...found.map(encodeRecord)])
  }
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.'), end: at + 1 }
}

/** Its name points back at the question: 0xc00c. */
function encodeRecord(record: DnsRecord): Buffer {
  const data = dataOf(record)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(TYPES[record.type], 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(record: DnsRecord): Buffer {
  switch (record.type) {
    case 'PTR':
      return encodeName(record.value)
    case 'TXT':
      return Buffer.concat(record.value.map(encodeLabel))
    case 'SRV': {
      const head = Buffer.alloc(6)
      head.writeUInt16BE(record.priority ?? 0, 0)
      head.writeUInt16BE(record.port, 4)
      return Buffer.concat([head, encodeName(record.value)])
    }
  }
}

const encodeLabel = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
const encodeName = (name: string): Buffer => Buffer.concat([...name.split('.').map(encodeLabel), Buffer.of(0)])
