import { execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseListenFds } from '../../src/netboot/handed-sockets.ts'
import { CabledNamespaces } from '../fakes/cabled-namespaces.ts'
import { needs, ROOT } from '../needs.ts'

describe('parseListenFds', () => {
  it.each([
    { name: 'nothing handed over', env: {}, want: {} },
    { name: 'meant for another process', env: { LISTEN_PID: '8', LISTEN_FDS: '1', LISTEN_FDNAMES: 'eth0' }, want: {} },
    {
      name: 'three sockets of one unit, one of another',
      env: { LISTEN_PID: '7', LISTEN_FDS: '4', LISTEN_FDNAMES: 'eth0:eth0:eth1:eth0' },
      want: { eth0: [3, 4, 6], eth1: [5] },
    },
    { name: 'sockets without a name', env: { LISTEN_PID: '7', LISTEN_FDS: '1' }, want: { '': [3] } },
  ])('$name', ({ env, want }) => {
    expect(parseListenFds(env, 7)).toEqual(want)
  })
})

it('a socket that the parent opened is received on in the child', async () => {
  const parent = createSocket('udp4')
  await new Promise<void>((bound) => parent.bind(0, '127.0.0.1', () => bound()))
  const { port } = parent.address()
  // Node hands over a datagram socket only by its descriptor, which has no public name.
  const { fd } = (parent as unknown as { _handle: { fd: number } })._handle
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], { stdio: ['ignore', 'pipe', 'inherit', fd] })
  const lines: string[] = []
  for await (const text of child.stdout!) {
    lines.push(String(text).trim())
    if (lines.length === 1) {
      // The child holds the socket now; this process must not take its datagram.
      parent.close()
      const sender = createSocket('udp4')
      sender.send('hello', port, '127.0.0.1', () => sender.close())
    }
  }
  expect(lines).toEqual([`open ${port}`, 'hello'])
})

const CHILD = `
import { openHanded } from '${new URL('../../src/netboot/handed-sockets.ts', import.meta.url).href}'
const [[port, socket]] = await openHanded([3])
socket.on('message', (bytes) => { console.log(String(bytes)); socket.close() })
console.log('open ' + port)
`

const OPENER = join(import.meta.dirname, '../../bin/platen-sockets')

describe('platen-sockets', needs(ROOT), () => {
  const open = (namespace: string, ...words: readonly string[]) =>
    promisify(execFile)('ip', ['netns', 'exec', namespace, OPENER, ...words])

  it('hands over the sockets of each interface by its name, and tells a port that is taken there', async () => {
    using networks = new CabledNamespaces('fd', [
      { name: 'lan1', address: '10.66.1.1/24' },
      { name: 'lan2', address: '10.66.2.1/24' },
    ])
    const ports = ['lan1=67,4011,69', 'lan2=67,69']
    const { stdout } = await open(networks.server, ...ports, '--', process.execPath, '--input-type=module', '--eval', TELL)
    expect(JSON.parse(stdout)).toEqual({ lan1: [67, 4011, 69], lan2: [67, 69] })
    await expect(open(networks.server, 'lan1=67', '--', OPENER, 'lan2=67', 'lan1=67', '--', 'true')).rejects.toMatchObject({
      code: 69,
      stderr: expect.stringContaining('APPLIANCE_PORT_TAKEN: cannot listen on UDP port 67 of lan1: Address already in use'),
    })
    await expect(open(networks.server, 'lan3=67', '--', 'true')).rejects.toMatchObject({ code: 78 })
    await expect(open(networks.server, 'lan1', '--', 'true')).rejects.toMatchObject({ code: 64 })
  })
})

const TELL = `
import { openHanded, parseListenFds } from '${new URL('../../src/netboot/handed-sockets.ts', import.meta.url).href}'
const handed = parseListenFds(process.env, process.pid)
const ports = await Promise.all(Object.entries(handed).map(async ([name, fds]) => [name, [...(await openHanded(fds)).keys()]]))
console.log(JSON.stringify(Object.fromEntries(ports)))
process.exit(0)
`
