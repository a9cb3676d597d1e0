// Who is heard in a transfer, and what does not end one: on the running server. In network namespaces where the way breaks; root only for that.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { encodeTftp } from '../../../src/netboot/tftp/packet.ts'
import { CabledNamespaces, CLIENT_LINK, ip } from '../../fakes/cabled-namespaces.ts'
import { netbootScene } from '../../fakes/netboot-scene.ts'
import { RawTftp } from '../../fakes/raw-tftp.ts'
import { needs, program, ROOT } from '../../needs.ts'

vi.setConfig({ testTimeout: 60_000 })

it('only the client is heard, at its own port: others end nothing and acknowledge nothing', async () => {
  const scene = await netbootScene()
  const client = await RawTftp.open(scene.ports.tftp)
  const stranger = await RawTftp.open(scene.ports.tftp, '127.0.0.9')
  await client.ask('undionly.kpxe')
  const { port } = await client.until(({ packet }) => packet.kind === 'data')
  for (const to of [port, scene.ports.tftp]) {
    await stranger.send(encodeTftp({ kind: 'error', code: 0, message: 'no' }), to)
    await stranger.ack(1, to)
  }
  expect(await client.take(0)).toEqual(await readFile(join(scene.bootDir, 'loaders', 'undionly.kpxe')))
  expect(scene.netboot.events.recent().filter(({ type }) => type === 'tftp.failed')).toEqual([])
  client.close()
  stranger.close()
  await scene.end()
})

describe('a way that is broken for a moment', needs(ROOT, program('curl')), () => {
  it('ends no transfer', async () => {
    const [here, there] = ['10.66.5.1', '10.66.5.2']
    const content = Buffer.alloc(30_000_000, 'platen')
    const folder = await mkdtemp(join(tmpdir(), 'platen-broken-way-'))
    using networks = new CabledNamespaces('bw', [{ name: 'srv', address: `${here}/24` }])
    ip('-n', networks.client('srv'), 'address', 'add', `${there}/24`, 'dev', CLIENT_LINK)
    await mkdir(join(folder, 'loaders'))
    await writeFile(join(folder, 'loaders', 'big'), content)
    const interfaces = [{ name: 'srv', mode: 'off', address: here, prefixLength: 24 }]
    const config = { bootDir: folder, stateDir: join(folder, 'state'), httpPort: 8080, interfaces }
    const serving = join(import.meta.dirname, '../../../bench/rig/our-netboot.ts')
    const server = spawn('ip', ['netns', 'exec', networks.server, process.execPath, serving, JSON.stringify(config)])
    try {
      await once(server.stdout, 'data')
      const local = join(folder, 'got')
      const words = [
        'netns',
        'exec',
        networks.client('srv'),
        'curl',
        '-sS',
        '--max-time',
        '50',
        '-o',
        local,
        `tftp://${here}/big`,
      ]
      const fetching = promisify(execFile)('ip', words)
      const sizeOf = async () => (await stat(local).catch(() => ({ size: 0 }))).size
      while ((await sizeOf()) === 0) await new Promise(setImmediate)
      ip('-n', networks.server, 'route', 'add', 'unreachable', `${there}/32`)
      // Until nothing comes any more.
      for (let before = -1, now = await sizeOf(); before !== now; [before, now] = [now, await sizeOf()])
        await new Promise((later) => setTimeout(later, 300))
      expect(await sizeOf()).toBeLessThan(content.length)
      ip('-n', networks.server, 'route', 'del', 'unreachable', `${there}/32`)
      await fetching
      expect((await readFile(local)).equals(content)).toBe(true)
    } finally {
      server.kill('SIGTERM')
      await once(server, 'exit')
      await rm(folder, { recursive: true })
    }
  })
})
