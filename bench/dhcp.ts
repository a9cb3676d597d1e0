// Four-way exchanges a second with at most 2.5 % lost: ours beside dnsmasq and Kea, client perfdhcp as a relay of a /16. Needs root.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type DhcpPeerName, startDhcpServer } from './rig/dhcp-servers.ts'
import { highestRate } from './rig/highest-rate.ts'
import { CLIENT_IP, makeNetPair, type NetPair, SERVER_IP } from './rig/net-pair.ts'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, median, runBench, shown } from './rig/report.ts'

const run = promisify(execFile)
const TARGETS: Readonly<Record<string, number>> = { dnsmasq: 6, kea: 0.5 }
/** Where the search begins; it goes down from there as well as up. */
const FIRST_RATE: Readonly<Record<DhcpPeerName, number>> = { ours: 1000, dnsmasq: 100, kea: 1000 }
const FULL = { seconds: 5, rounds: 3, precision: 1.08 }
const QUICK = { seconds: 2, rounds: 1, precision: 1.5 }
const CLIENTS = 60_000
const MAX_DROP_PERCENT = 2.5

const bench: Bench = async ({ cases, isQuick }) => {
  const peers = (cases.length === 0 ? Object.keys(TARGETS) : cases) as Exclude<DhcpPeerName, 'ours'>[]
  const effort = isQuick ? QUICK : FULL
  const pair = makeNetPair()
  try {
    const rates = new Map<DhcpPeerName, number[]>([['ours', []], ...peers.map((peer) => [peer, []] as [DhcpPeerName, number[]])])
    // In turns, so that a disturbance of the machine meets all of them.
    for (let round = 0; round < effort.rounds; round++) {
      for (const [name, found] of rates) {
        // Later rounds begin near to what the first one found.
        const first = (found[0] ?? 0) > 0 ? found[0]! / 1.5 : FIRST_RATE[name]
        found.push(
          await highestRate({ first, precision: effort.precision }, (rate) => exchanges(name, pair, rate, effort.seconds)),
        )
      }
    }
    const ours = median(rates.get('ours')!)
    return peers.map((peer) => {
      const theirs = median(rates.get(peer)!)
      const result: BenchCase = {
        case: peer,
        ratio: ours / theirs,
        target: TARGETS[peer] ?? 1,
        against: peer,
        ours,
        peers: { [peer]: theirs === 0 ? null : theirs },
        unit: 'exchanges/s',
      }
      console.log(caseLine(result))
      return result
    })
  } finally {
    pair.end()
  }
}

/** Exchanges a second; undefined when more than the allowed share was lost. */
async function exchanges(name: DhcpPeerName, pair: NetPair, rate: number, seconds: number): Promise<number | undefined> {
  const folder = await mkdtemp('/var/tmp/platen-bench-dhcp-')
  const server = await startDhcpServer(name, pair.serverNamespace, folder)
  try {
    const { path, env } = program('perfdhcp', 'kea-admin')
    const load = ['-r', String(rate), '-R', String(CLIENTS), '-p', String(seconds), '-W', '1000000']
    // perfdhcp ends with 3 when anything at all was lost.
    const { stdout } = await run('ip', ['netns', 'exec', pair.clientNamespace, path, '-4', '-l', CLIENT_IP, ...load, SERVER_IP], {
      env: { ...process.env, ...env },
    }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
    const reached = parseReport(stdout, seconds)
    console.log(`${name}: ${rate} a second asked, ${reached === undefined ? 'too much lost' : `${shown(reached)} answered`}`)
    return reached
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

function parseReport(text: string, seconds: number): number | undefined {
  const drops = [...text.matchAll(/^drops ratio: ([\d.e+-]+) ?%/gm)].map(([, percent]) => Number(percent))
  const acknowledged = Number(/REQUEST-ACK[\s\S]*?^received packets: (\d+)/m.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(acknowledged) || drops.length === 0) throw new Error(`perfdhcp said something else: ${text.slice(0, 2000)}`)
  // Its own rate counts the wait for stragglers in.
  return drops.every((percent) => percent <= MAX_DROP_PERCENT) ? acknowledged / seconds : undefined
}

await runBench('dhcp', bench)
