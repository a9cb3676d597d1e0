// TFTP through a router whose next link carries 1400 bytes, as a VPN does, to clients that people use. Root only.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NetbootConfig } from '../../../src/netboot/index.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../../fakes/cabled-namespaces.ts'
import { needs, ROOT } from '../../needs.ts'

const run = promisify(execFile)
// A busy machine takes its time to start programs.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SERVER = '10.66.1.2'
const CONTENT = Buffer.from(Uint8Array.from({ length: 200_001 }, (_, at) => (at * 31) >>> 3))

let networks: CabledNamespaces
let folder: string
let server: ChildProcess

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platen-narrow-'))
  mkdirSync(join(folder, 'loaders'))
  writeFileSync(join(folder, 'loaders', 'loader.efi'), CONTENT)
  networks = new CabledNamespaces('mtu', [
    { name: 'wide', address: '10.66.1.1/24' },
    { name: 'narrow', address: '10.66.2.1/24' },
  ])
  const router = networks.server
  await run('ip', ['netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'])
  ip('-n', router, 'link', 'set', 'narrow', 'mtu', '1400')
  for (const [name, address, gateway] of [
    ['wide', SERVER, '10.66.1.1'],
    ['narrow', '10.66.2.2', '10.66.2.1'],
  ] as const) {
    ip('-n', networks.client(name), 'address', 'add', `${address}/24`, 'dev', CLIENT_LINK)
    ip('-n', networks.client(name), 'route', 'add', 'default', 'via', gateway)
  }
  server = await serve()
})

afterEach(async () => {
  server.kill('SIGTERM')
  await once(server, 'exit')
  networks[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

async function serve(): Promise<ChildProcess> {
  const program = join(import.meta.dirname, '../../../bench/rig/our-netboot.ts')
  const interfaces = [{ name: CLIENT_LINK, mode: 'off', address: SERVER, prefixLength: 24 }] as const
  const config: NetbootConfig = { bootDir: folder, stateDir: join(folder, 'state'), httpPort: 8080, interfaces }
  const words = ['netns', 'exec', networks.client('wide'), process.execPath, program, JSON.stringify(config)]
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  return child
}

const atClient = (...words: readonly string[]) => run('ip', ['netns', 'exec', networks.client('narrow'), ...words])

async function curl(): Promise<{ content: Buffer; said: string }> {
  const local = join(folder, 'got')
  const url = `tftp://${SERVER}/loader.efi`
  const { stderr } = await atClient('curl', '-sv', '--tftp-blksize', '1468', '--max-time', '30', '-o', local, url)
  return { content: readFileSync(local), said: stderr }
}

describe('through a narrow way', needs(ROOT), () => {
  it('curl gets the whole file, and the next time in blocks that fit', async () => {
    const first = await curl()
    expect(first.content.equals(CONTENT)).toBe(true)
    expect(first.said).toMatch(/blksize.*1468/)
    const second = await curl()
    expect(second.content.equals(CONTENT)).toBe(true)
    expect(second.said).toMatch(/blksize.*1248/)
  })

  it('atftp gets the whole file in windows', async () => {
    const local = join(folder, 'got')
    const options = ['--option', 'blksize 1428', '--option', 'windowsize 16']
    await atClient('atftp', ...options, '-g', '-r', 'loader.efi', '-l', local, SERVER)
    expect(readFileSync(local).equals(CONTENT)).toBe(true)
  })

  it('a client that cannot take fragments is told, and gets the file when it asks again', async () => {
    await atClient('sysctl', '-qw', 'net.ipv4.ipfrag_low_thresh=0', 'net.ipv4.ipfrag_high_thresh=0')
    const first = await curl().catch((error: { stderr: string }) => error)
    expect((first as { stderr: string }).stderr).toMatch(/takes only smaller blocks/)
    const second = await curl()
    expect(second.content.equals(CONTENT)).toBe(true)
    expect(second.said).toMatch(/blksize.*1248/)
  })
})
