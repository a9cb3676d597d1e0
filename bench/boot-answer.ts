// How long a machine waits for an answer when 5,000 nodes are known, all with a class that says image, package, feature and enforce
// at-boot: its boot script over HTTP, and its DHCP offer. Machines come at
// their own pace, 100 a second, whether the ones before have their answer or not; 1 of 100 may wait for 10 ms at most. Beside them,
// a line from the same process that takes no work: what a busy machine makes anybody wait.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { askForScript, macOfNode, Relay } from './boot-answer/machines.ts'
import { NODE_FLAGS, percentile } from './claims/rig.ts'
import { type Bench, belowLimit, caseLine, median, runBench } from './rig/report.ts'

const LIMIT_MS = 10
const DHCP_PORT = 26_700
const PAUSE_MS = 10
const FULL = { nodes: 5000, rounds: 5, asked: 800 }
const QUICK = { nodes: 500, rounds: 1, asked: 250 }

const bench: Bench = async ({ cases, isQuick }) => {
  const { nodes, rounds, asked } = isQuick ? QUICK : FULL
  const dataDir = await mkdtemp('/var/tmp/platen-bench-boot-answer-')
  const script = join(import.meta.dirname, 'boot-answer', 'site-process.ts')
  const site = spawn(process.execPath, [...NODE_FLAGS, script, dataDir, String(DHCP_PORT), String(nodes)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => site.once('exit', done))
  try {
    const line = (await createInterface({ input: site.stdout })[Symbol.asyncIterator]().next()).value as string
    const [url = '', idleUrl = ''] = line.split(' ')
    using relay = await Relay.open(DHCP_PORT)
    const asks: Readonly<Record<string, (mac: string) => Promise<number>>> = {
      script: (mac) => askForScript(url, mac),
      offer: (mac) => relay.askForOffer(mac),
    }
    const results = []
    for (const [name, ask] of Object.entries(asks)) {
      if (cases.length > 0 && !cases.includes(name)) continue
      const [p99s, idleP99s]: [number[], number[]] = [[], []]
      // The first round also warms both processes up, so it does not count.
      for (let round = 0; round <= rounds; round++) {
        const macs = machines(round * asked, asked, nodes)
        const [times, idleTimes] = await Promise.all([timesOf(ask, macs), timesOf(() => askForScript(idleUrl, ''), macs)])
        p99s.push(percentile(times, 0.99))
        idleP99s.push(percentile(idleTimes, 0.99))
      }
      const result = belowLimit(name, 'ms (p99)', median(p99s.slice(1)), LIMIT_MS)
      results.push({ ...result, peers: { 'no work': median(idleP99s.slice(1)) } })
      console.log(caseLine(results.at(-1)!))
    }
    return results
  } finally {
    site.stdin.end()
    await ended
    await rm(dataDir, { recursive: true })
  }
}

/** No machine twice, as in a rack that is switched on, and in an order that no cache would like. */
function machines(first: number, count: number, nodes: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => macOfNode(((first + n) * 7919) % nodes))
}

async function timesOf(ask: (mac: string) => Promise<number>, macs: readonly string[]): Promise<readonly number[]> {
  const answers: Promise<number>[] = []
  for (const mac of macs) {
    answers.push(ask(mac))
    await delay(PAUSE_MS)
  }
  return Promise.all(answers)
}

await runBench('boot-answer', bench)
