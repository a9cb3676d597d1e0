// bin/platen starts Node so that datagrams of one turn leave by few calls. The flag is one that Node has for its own tests: here it is seen to
// be there and to do what it is asked for, in the version that the package brings.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { NetbootConfig } from '../../../src/netboot/index.ts'
import { freePort } from '../../fakes/free-port.ts'
import { RawTftp } from '../../fakes/raw-tftp.ts'

const ROOT = join(import.meta.dirname, '../../..')
const NODE = join(ROOT, 'node_modules/.bin/node')
const flag = /^batch=(--\S+)$/m.exec(readFileSync(join(ROOT, 'bin/platen'), 'utf8'))?.[1] ?? ''

const SENDS_TEN = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(0, '127.0.0.1', () => socket.connect(socket.address().port, '127.0.0.1', () => {
  for (let count = 0; count < 10; count++) socket.send('x')
  console.log(socket.getSendQueueCount())
  let heard = 0
  socket.on('message', () => { if (++heard === 10) socket.close() })
}))`

it.each([
  { flags: [], queued: 0 },
  { flags: [flag], queued: 10 },
])('with $flags ten datagrams wait for each other: $queued, and all of them arrive', async ({ flags, queued }) => {
  const { stdout } = await promisify(execFile)(NODE, [...flags, '-e', SENDS_TEN], { timeout: 20_000 })
  expect(stdout.trim()).toBe(String(queued))
})

it('a file arrives whole that way, in windows and after a client that left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platen-batched-'))
  mkdirSync(join(folder, 'loaders'))
  const content = Buffer.from(Uint8Array.from({ length: 500_001 }, (_, at) => (at * 31) >>> 3))
  writeFileSync(join(folder, 'loaders', 'big'), content)
  const port = await freePort()
  const interfaces = [{ name: 'lo', mode: 'off', address: '127.0.0.1', prefixLength: 8 }] as const
  const config: NetbootConfig = { bootDir: folder, stateDir: folder, httpPort: 8080, ports: { tftp: port }, interfaces }
  const server = spawn(NODE, [flag, join(ROOT, 'bench/rig/our-netboot.ts'), JSON.stringify(config)])
  let said = ''
  server.stderr.on('data', (text: Buffer) => {
    said += text.toString()
  })
  await once(server.stdout, 'data')
  const window = { blksize: '1428', windowsize: '64' }
  const gone = await RawTftp.open(port)
  await gone.ask('big', window)
  const { port: transfer } = await gone.until(({ packet }) => packet.kind === 'option-ack')
  await gone.ack(0, transfer)
  gone.close()
  const client = await RawTftp.open(port)
  expect(await client.fetch('big', window)).toEqual(content)
  client.close()
  while (!said.includes('closed its port')) await once(server.stderr, 'data')
  server.kill('SIGTERM')
  await once(server, 'exit')
  rmSync(folder, { recursive: true })
})
