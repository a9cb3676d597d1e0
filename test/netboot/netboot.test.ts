// The whole room on loopback: real sockets, real clients where they are installed.
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readIpv4, readText } from '../../src/netboot/dhcp/option-values.ts'
import { messageName } from '../../src/netboot/dhcp/packet.ts'
import { encodeTftp } from '../../src/netboot/tftp/packet.ts'
import { requestPacket } from '../fakes/dhcp-packets.ts'
import { type NetbootScene, netbootScene, RELAY } from '../fakes/netboot-scene.ts'
import { needs, program } from '../needs.ts'

const run = promisify(execFile)
let scene: NetbootScene

beforeEach(async () => {
  scene = await netbootScene()
})

afterEach(() => scene.end())

describe('DHCP through a relay', () => {
  it('gives an address in four steps, and the boot file with it', async () => {
    const firmware = { vendorClass: 'PXEClient:Arch:00000:UNDI:002001', architecture: 0, relayAgentIp: RELAY }
    const offer = await scene.relay(requestPacket('discover', { ...firmware, options: [[82, Uint8Array.of(1, 2, 9, 9)]] }))
    expect(offer).toMatchObject({ bootFile: '52-54-00-00-00-0a/undionly.kpxe', hops: 0 })
    expect([...offer!.options.keys()].at(-1)).toBe(OPTION.relayAgentInformation)
    const address = formatIpv4(offer!.yourIp)
    const ack = await scene.relay(requestPacket('request', { ...firmware, serverId: '127.0.0.1', requestedIp: address }))
    expect(messageName(ack!)).toBe('ack')
    expect(ack!.yourIp).toBe(offer!.yourIp)
    expect(readIpv4(ack!.options, OPTION.subnetMask)).toBe(0xff000000)
    expect(scene.netboot.events.recent().filter(({ type }) => type === 'dhcp.answered')).toHaveLength(2)
  })

  it('does not answer a machine that the policy does not serve', async () => {
    scene.policy.refused.add('52:54:00:00:00:0a')
    expect(await scene.relay(requestPacket('discover', { relayAgentIp: RELAY }))).toBeUndefined()
  })

  it('sends iPXE straight to its script', async () => {
    const offer = await scene.relay(requestPacket('discover', { relayAgentIp: RELAY, userClass: 'iPXE', architecture: 7 }))
    expect(readText(offer!.options, OPTION.bootFile)).toMatch(/^http:\/\/127.0.0.1:8080\/boot\/52:54:00:00:00:0a.ipxe\?uuid=/)
  })

  it('gives the same address after a restart', async () => {
    const offer = await scene.relay(requestPacket('discover', { relayAgentIp: RELAY, requestedIp: '127.0.1.77' }))
    const address = formatIpv4(offer!.yourIp)
    await scene.relay(requestPacket('request', { relayAgentIp: RELAY, serverId: '127.0.0.1', requestedIp: address }))
    await scene.netboot.stop()
    const next = await netbootScene({ stateDir: scene.stateDir })
    const again = await next.relay(requestPacket('request', { relayAgentIp: RELAY, requestedIp: address }))
    await next.end()
    expect(messageName(again!)).toBe('ack')
    expect(formatIpv4(again!.yourIp)).toBe('127.0.1.77')
  })
})

describe('TFTP with real clients', () => {
  const whole = (name: string) => readFile(join(scene.bootDir, 'loaders', name))

  it('curl gets a loader', needs(program('curl')), async () => {
    const url = `tftp://127.0.0.1:${scene.ports.tftp}/52-54-00-00-00-0a/snponly-x64.efi`
    const { stdout } = await run('curl', ['-s', url], { encoding: 'buffer', maxBuffer: 1e8 })
    expect(stdout.equals(await whole('snponly-x64.efi'))).toBe(true)
  })

  it('atftp gets a loader in windows', needs(program('atftp')), async () => {
    const local = join(scene.bootDir, 'got')
    const options = ['--option', 'blksize 1428', '--option', 'windowsize 16', '--option', 'tsize 0']
    await run('atftp', [...options, '-g', '-r', 'undionly.kpxe', '-l', local, '127.0.0.1', String(scene.ports.tftp)])
    expect((await readFile(local)).equals(await whole('undionly.kpxe'))).toBe(true)
  })

  it('tftp-hpa gets a loader', needs(program('tftp')), async () => {
    const local = join(scene.bootDir, 'got')
    await run('tftp', ['-m', 'binary', '127.0.0.1', String(scene.ports.tftp), '-c', 'get', 'undionly.kpxe', local])
    expect((await readFile(local)).equals(await whole('undionly.kpxe'))).toBe(true)
  })

  it('nothing outside the folder is served, not even through a link', needs(program('curl')), async () => {
    await symlink('../../secret', join(scene.bootDir, 'loaders', 'link'))
    for (const name of ['link', '..%2f..%2fsecret', 'no-such-file']) {
      const got = await run('curl', ['-sf', '--path-as-is', `tftp://127.0.0.1:${scene.ports.tftp}/${name}`]).catch(
        (error: unknown) => error,
      )
      expect(got, name).toBeInstanceOf(Error)
    }
    expect(scene.netboot.events.recent().filter(({ type }) => type === 'tftp.refused')).toHaveLength(3)
  })
})

it('a script that GRUB asks for by TFTP is told like those that are asked for by HTTP', async () => {
  const told = new Promise((resolve) => {
    scene.netboot.events.subscribe((event) => event.type === 'script.answered' && resolve(event))
  })
  const file = 'boot/52:54:00:00:00:0a.x86_64.grub'
  await scene.send(encodeTftp({ kind: 'read', file, mode: 'octet', options: new Map() }), scene.ports.tftp)
  expect(await told).toMatchObject({ from: RELAY, mac: '52:54:00:00:00:0a', answer: 'boot-os', isAgain: false })
})

describe('HTTP', () => {
  const get = async (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') => {
    const app = fastify()
    await app.register(scene.netboot.httpRoutes)
    const answer = await app.inject({ method, url, headers })
    await app.close()
    return answer
  }

  it.each(['/boot/52:54:00:00:00:0A.ipxe', '/boot/52-54-00-00-00-0a.ipxe?uuid=x&platform=efi', '//boot//52540000000a.ipxe'])(
    'answers %s',
    async (url) => {
      const answer = await get(url)
      expect(answer.body).toMatch(/^#!ipxe\n[\s\S]*platen.token=t/)
    },
  )

  it.each<{ url: string; method?: 'GET' | 'HEAD'; isAgain: boolean }>([
    { url: '/boot/52-54-00-00-00-0a.ipxe?platform=efi', isAgain: false },
    { url: '/boot/52-54-00-00-00-0a.ipxe?platform=efi&again=1', isAgain: true },
    { url: '/boot/52-54-00-00-00-0a.ipxe', method: 'HEAD', isAgain: true },
  ])('takes $method $url for another boot: not $isAgain', async ({ url, method, isAgain }) => {
    await get(url, {}, method)
    expect(scene.netboot.events.recent().at(-1)).toMatchObject({ type: 'script.answered', isAgain })
  })

  it.each(['/loader/snponly-x64.efi', '//loader/snponly-x64.efi', '/loader//snponly-x64.efi', '/loader/./snponly-x64.efi'])(
    '%s, whole',
    async (url) => {
      const answer = await get(url)
      expect(answer.statusCode).toBe(200)
      expect(answer.rawPayload.length).toBe(300_001)
      expect(answer.headers['content-length']).toBe('300001')
    },
  )

  it('a build by its number', async () => {
    expect((await get('/boot-os//x64/3/vmlinuz')).body).toBe('kernel of build 3')
    expect((await get('/boot-os/x64/4/vmlinuz')).statusCode).toBe(404)
  })

  it('HEAD tells the size and sends nothing', async () => {
    const answer = await get('/boot-os/x64/vmlinuz', {}, 'HEAD')
    expect(answer.headers['content-length']).toBe('2000003')
    expect(answer.rawPayload.length).toBe(0)
  })

  it.each([
    { range: 'bytes=0-9', status: 206, length: 10, at: 'bytes 0-9/2000003' },
    { range: 'bytes=2000000-', status: 206, length: 3, at: 'bytes 2000000-2000002/2000003' },
    { range: 'bytes=-5', status: 206, length: 5, at: 'bytes 1999998-2000002/2000003' },
    { range: 'bytes=3000000-', status: 416, length: 0, at: 'bytes */2000003' },
    { range: 'Bytes=0-9', status: 206, length: 10, at: 'bytes 0-9/2000003' },
    { range: 'bytes=1999999-99999999999999999999', status: 206, length: 4, at: 'bytes 1999999-2000002/2000003' },
    { range: 'bytes=-99999999999999999999', status: 206, length: 2_000_003, at: 'bytes 0-2000002/2000003' },
    { range: 'bytes=99999999999999999999-', status: 416, length: 0, at: 'bytes */2000003' },
    { range: 'bytes=-0', status: 416, length: 0, at: 'bytes */2000003' },
    ...['lines=1-2', 'bytes=9-0', 'bytes=-', 'bytes=', 'bytes', 'bytes=a-b', 'bytes=-1-2', 'bytes=0-1,5-6', '0-9', ''].map(
      (range) => {
        return { range, status: 200, length: 2_000_003, at: undefined }
      },
    ),
  ])('range $range', async ({ range, status, length, at }) => {
    const answer = await get('/boot-os/x64/vmlinuz', { range })
    expect([answer.statusCode, answer.rawPayload.length, answer.headers['content-range']]).toEqual([status, length, at])
  })

  it('a part is for GET alone, and not for who has the beginning of an older file', async () => {
    const range = 'bytes=0-9'
    const modified = String((await get('/boot-os/x64/vmlinuz')).headers['last-modified'])
    const part = await get('/boot-os/x64/vmlinuz', { range, 'if-range': modified })
    const whole = await get('/boot-os/x64/vmlinuz', { range, 'if-range': 'Thu, 01 Jan 1970 00:00:00 GMT' })
    const head = await get('/boot-os/x64/vmlinuz', { range }, 'HEAD')
    expect([part, whole, head].map(({ statusCode, headers }) => [statusCode, headers['content-length']])).toEqual([
      [206, '10'],
      [200, '2000003'],
      [200, '2000003'],
    ])
  })

  it.each(['/boot/nonsense', '/loader/../../secret', '/loader/%2e%2e/%2e%2e/secret', '/boot-os/mips/vmlinuz', '/loader/'])(
    '%s is not found',
    async (url) => {
      expect((await get(url)).statusCode).toBe(404)
    },
  )
})

describe('TFTP from one port alone', () => {
  it('serves several clients at once', needs(program('atftp')), async () => {
    const single = await netbootScene({ tftp: { isSinglePort: true } })
    const fetchInto = (local: string) =>
      run('atftp', [
        '--option',
        'windowsize 8',
        '-g',
        '-r',
        'snponly-x64.efi',
        '-l',
        local,
        '127.0.0.1',
        String(single.ports.tftp),
      ])
    const locals = ['a', 'b', 'c'].map((name) => join(single.bootDir, name))
    await Promise.all(locals.map(fetchInto))
    const whole = await readFile(join(single.bootDir, 'loaders', 'snponly-x64.efi'))
    for (const local of locals) expect((await readFile(local)).equals(whole)).toBe(true)
    await single.end()
  })

  it.each([
    { isSinglePort: true, says: 'from the port that was asked' },
    { isSinglePort: false, says: 'from one of its own' },
  ])('answers $says', async ({ isSinglePort }) => {
    const served = await netbootScene({ tftp: { isSinglePort } })
    const client = createSocket('udp4')
    const answered = new Promise<number>((from) => client.once('message', (_bytes, { port }) => from(port)))
    const request = encodeTftp({ kind: 'read', file: 'undionly.kpxe', mode: 'octet', options: new Map() })
    client.send(request, served.ports.tftp, '127.0.0.1')
    expect((await answered) === served.ports.tftp).toBe(isSinglePort)
    client.close()
    await served.end()
  })
})

it('finds nothing wrong where nothing has happened', async () => {
  expect(await scene.netboot.diagnose()).toEqual([])
})
