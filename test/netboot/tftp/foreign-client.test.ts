// Our TFTP server and a client that somebody else wrote: the `tftp` package, with its windows and odd block sizes.
import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_TFTP_LIMITS } from '../../../src/netboot/config.ts'
import { NetbootEventLog } from '../../../src/netboot/events.ts'
import { FileContent } from '../../../src/netboot/tftp/file-content.ts'
import { TftpServer } from '../../../src/netboot/tftp/server.ts'

interface ClientOptions {
  host: string
  port: number
  blockSize: number
  windowSize: number
}
const require = createRequire(import.meta.url)
const { createClient } = require('tftp') as {
  createClient(options: ClientOptions): { createGetStream(file: string): NodeJS.ReadableStream }
}

const files = new Map([
  ['empty', Buffer.alloc(0)],
  ['one-block', randomBytes(512)],
  ['odd', randomBytes(100_001)],
  // More blocks than a block number counts.
  ['roll-over', randomBytes(70_000 * 8)],
])

let server: TftpServer
beforeEach(async () => {
  server = new TftpServer({
    address: '127.0.0.1',
    port: 0,
    limits: DEFAULT_TFTP_LIMITS,
    read: async (name) => {
      const bytes = files.get(name)
      return bytes === undefined ? { kind: 'refused', reason: 'not-found' } : { kind: 'file', content: FileContent.whole(bytes) }
    },
    events: new NetbootEventLog(() => Date.now()),
    now: () => Date.now(),
  })
  await server.start()
})
afterEach(() => server.stop())

/** By events: the client says "close" before its last bytes were read, which stream helpers take for a failure. */
function get(file: string, blockSize: number, windowSize: number): Promise<Buffer> {
  return new Promise((done, failed) => {
    const parts: Buffer[] = []
    createClient({ host: '127.0.0.1', port: server.port, blockSize, windowSize })
      .createGetStream(file)
      .on('data', (part: Buffer) => parts.push(part))
      .on('error', failed)
      .on('end', () => done(Buffer.concat(parts)))
  })
}
const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex')

describe('the tftp package gets from our server', () => {
  it.each([
    { file: 'empty', blockSize: 512, windowSize: 1 },
    { file: 'one-block', blockSize: 512, windowSize: 1 },
    { file: 'odd', blockSize: 1428, windowSize: 4 },
    { file: 'odd', blockSize: 1468, windowSize: 16 },
    { file: 'roll-over', blockSize: 8, windowSize: 64 },
  ])('$file in blocks of $blockSize, $windowSize at once', async ({ file, blockSize, windowSize }) => {
    expect(digest(await get(file, blockSize, windowSize))).toBe(digest(files.get(file)!))
  })

  it('an error for a file that is not there', async () => {
    await expect(get('nothing', 512, 1)).rejects.toThrow()
  })
})
