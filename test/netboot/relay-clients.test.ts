// Behind a relay that people really use, and with a program that plays thousands of machines. Three network namespaces. Root only.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CabledNamespaces, CLIENT_LINK, ip } from '../fakes/cabled-namespaces.ts'
import { type NamespaceNetboot, serveNetbootIn } from '../fakes/namespace-netboot.ts'
import { needs, program, ROOT } from '../needs.ts'

const run = promisify(execFile)
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })
/** The server, with the relay at the end of its cable. */
let north: CabledNamespaces
/** The relay's other side: its namespace is at the server's end of this cable, a machine at the other. */
let south: CabledNamespaces
let server: NamespaceNetboot

beforeAll(async () => {
  south = new CabledNamespaces('rs', [{ name: 'south', address: '10.64.0.1/16' }])
  north = new CabledNamespaces('rn', [])
  ip('-n', north.server, 'link', 'add', 'north', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', south.server)
  ip('-n', north.server, 'address', 'add', '10.66.0.1/24', 'dev', 'north')
  ip('-n', north.server, 'link', 'set', 'north', 'up')
  ip('-n', south.server, 'address', 'add', '10.66.0.2/24', 'dev', 'eth0')
  ip('-n', south.server, 'link', 'set', 'eth0', 'up')
  ip('-n', north.server, 'route', 'add', '10.64.0.0/15', 'via', '10.66.0.2')
  // perfdhcp plays a relay of this address, on the side of the server.
  ip('-n', south.server, 'address', 'add', '10.65.0.1/32', 'dev', 'eth0')
  const subnets = [
    { network: '10.66.0.0/24' },
    {
      network: '10.64.0.0/16',
      ranges: [{ first: '10.64.1.0', last: '10.64.1.20' }],
      reservations: [{ address: '10.64.0.12', circuitId: 'south' }],
    },
    { network: '10.65.0.0/16', ranges: [{ first: '10.65.1.0', last: '10.65.60.255' }], probesAddresses: false },
  ]
  const interfaces = [{ name: 'north', mode: 'server' as const, address: '10.66.0.1', prefixLength: 24, subnets }]
  server = await serveNetbootIn(north.server, { httpPort: 8080, interfaces })
})

afterAll(async () => {
  try {
    await server.end()
  } finally {
    south[Symbol.dispose]()
    north[Symbol.dispose]()
  }
})

async function ask(): Promise<string> {
  const script = join(server.folder, 'report')
  await writeFile(script, '#!/bin/sh\n[ "$1" = bound ] && echo "$ip $serverid"\nexit 0\n', { mode: 0o755 })
  const words = ['udhcpc', '-f', '-q', '-n', '-t', '5', '-i', CLIENT_LINK, '-s', script]
  return (await run('ip', ['netns', 'exec', south.client('south'), ...words], { timeout: 30_000 })).stdout.trim()
}

async function relay(...options: readonly string[]): Promise<ChildProcess> {
  const words = ['dhcrelay', '-4', '-d', '-pf', '/dev/null', '-id', 'south', '-iu', 'eth0', ...options, '10.66.0.1']
  const started = spawn('ip', ['netns', 'exec', south.server, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface({ input: started.stderr! })) if (line.includes('Sending on   Socket/fallback')) break
  return started
}

describe('behind ISC dhcrelay', needs(ROOT, program('dhcrelay'), program('udhcpc')), () => {
  it.each([
    { name: 'plain', options: [], want: /^10\.64\.1\.([1-9]|1\d|20) 10\.66\.0\.1$/ },
    // It adds the name of its interface as circuit id, and lets no answer through that does not bring it back.
    { name: 'with option 82, by which an address is kept', options: ['-a'], want: /^10\.64\.0\.12 10\.66\.0\.1$/ },
  ])('udhcpc gets an address: $name', async ({ options, want }) => {
    const relaying = await relay(...options)
    try {
      expect(await ask()).toMatch(want)
    } finally {
      relaying.kill('SIGKILL')
      await once(relaying, 'exit')
    }
  })
})

const MACHINES = 10_000
const ROUNDS = 6
/** perfdhcp ends with its last packet, not with the last answer: one machine alone would never have an address. */
const SPARE = 100

/** That many machines with MACs of their own. */
async function play(machines: number): Promise<string> {
  const many = ['-R', '1000000000', '-r', '500', '-n', String(machines), '-s', String(machines)]
  const words = ['perfdhcp', '-4', '-l', '10.65.0.1', '-L', '67', ...many, '-u', '10.66.0.1']
  // It ends with 3 when some were not answered in time: a busy machine does not.
  const { stdout } = await run('ip', ['netns', 'exec', south.server, ...words], { timeout: 100_000 }).catch(
    (error: { stdout: string; code: number }) => (error.code === 3 ? error : Promise.reject(error)),
  )
  return stdout
}

/** Who has which address behind perfdhcp's relay. */
async function holdersByAddress(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const holders = new Map<string, Set<string>>()
  for (const line of (await readFile(join(server.folder, 'leases.journal'), 'utf8')).trim().split('\n')) {
    const { ip: address, key } = JSON.parse(line.split('\t')[0]!) as { ip?: string; key: string }
    if (address?.startsWith('10.65.')) holders.set(address, (holders.get(address) ?? new Set()).add(key))
  }
  return holders
}

describe('perfdhcp', needs(ROOT, program('perfdhcp')), () => {
  it('plays 10,000 machines on one relay: all have an address, and nobody that of another', { timeout: 300_000 }, async () => {
    let holders = await holdersByAddress()
    // Those that a busy machine did not answer in time are followed by others, until it is as many.
    for (let round = 0; round < ROUNDS && holders.size < MACHINES; round++) {
      const said = await play(MACHINES - holders.size + SPARE)
      expect(said.match(/non unique addresses: (\d+)/g)).toEqual(['non unique addresses: 0', 'non unique addresses: 0'])
      holders = await holdersByAddress()
    }
    expect(holders.size).toBeGreaterThanOrEqual(MACHINES)
    expect([...holders.values()].filter(({ size }) => size > 1)).toEqual([])
    expect([...holders.keys()].filter((address) => /\.(0|255)$/.test(address))).toEqual([])
  })
})
