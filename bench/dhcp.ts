// Four-way exchanges a second with at most 2.5 % lost: ours beside dnsmasq and Kea, client perfdhcp as a relay of a /16. Needs root.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type DhcpPeerName, startDhcpServer } from './rig/dhcp-servers.ts'
import { CLIENT_IP, makeNetPair, type NetPair, SERVER_IP } from './rig/net-pair.ts'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, runBench, shown } from './rig/report.ts'

const run = promisify(execFile)
const TARGETS: Readonly<Record<string, number>> = { dnsmasq: 6, kea: 0.5 }
const SECONDS = 5
const CLIENTS = 60_000
const MAX_DROP_PERCENT = 2.5
const FIRST_RATE = 250
const STEP = 1.15

const bench: Bench = async (cases) => {
  const peers = (cases.length === 0 ? Object.keys(TARGETS) : cases) as Exclude<DhcpPeerName, 'ours'>[]
  const pair = makeNetPair()
  try {
    const ours = await highestRate('ours', pair)
    const results: BenchCase[] = []
    for (const peer of peers) {
      const theirs = await highestRate(peer, pair)
      const factor = TARGETS[peer] ?? 1
      const target = `at least ${factor} × ${peer}: ${shown(factor * theirs)}`
      results.push({
        case: peer,
        unit: 'exchanges/s',
        ours,
        peers: { [peer]: theirs },
        target,
        isMet: theirs > 0 && ours >= factor * theirs,
      })
      console.log(caseLine(results.at(-1)!))
    }
    return results
  } finally {
    pair.end()
  }
}

/** Doubles the rate until too much is lost, then closes in from the last good one. */
async function highestRate(name: DhcpPeerName, pair: NetPair): Promise<number> {
  let best = 0
  let rate = FIRST_RATE
  for (let step = 2; step >= STEP; step = Math.sqrt(step)) {
    for (rate = best === 0 ? rate : best * step; ; rate *= step) {
      const reached = await exchanges(name, pair, Math.round(rate))
      console.log(`${name}: ${Math.round(rate)} asked, ${reached === undefined ? 'too much lost' : `${shown(reached)} reached`}`)
      if (reached === undefined) break
      best = Math.max(best, reached)
      // perfdhcp itself cannot ask faster on this machine.
      if (reached < 0.9 * rate) return best
    }
  }
  return best
}

/** Exchanges a second; undefined when more than the allowed share was lost. */
async function exchanges(name: DhcpPeerName, pair: NetPair, rate: number): Promise<number | undefined> {
  const folder = await mkdtemp('/var/tmp/platen-bench-dhcp-')
  const server = await startDhcpServer(name, pair.serverNamespace, folder)
  try {
    const { path, env } = program('perfdhcp', 'kea-admin')
    const args = [
      '-4',
      '-l',
      CLIENT_IP,
      '-r',
      String(rate),
      '-R',
      String(CLIENTS),
      '-p',
      String(SECONDS),
      '-W',
      '1000000',
      SERVER_IP,
    ]
    // perfdhcp ends with 3 when anything at all was lost.
    const { stdout } = await run('ip', ['netns', 'exec', pair.clientNamespace, path, ...args], {
      env: { ...process.env, ...env },
    }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
    return parseReport(stdout)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

function parseReport(text: string): number | undefined {
  const drops = [...text.matchAll(/^drops ratio: ([\d.e+-]+) ?%/gm)].map(([, percent]) => Number(percent))
  const acknowledged = Number(/REQUEST-ACK[\s\S]*?^received packets: (\d+)/m.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(acknowledged) || drops.length === 0) throw new Error(`perfdhcp said something else: ${text.slice(0, 2000)}`)
  // Its own rate counts the wait for stragglers in.
  return drops.every((percent) => percent <= MAX_DROP_PERCENT) ? acknowledged / SECONDS : undefined
}

await runBench('dhcp', bench)
