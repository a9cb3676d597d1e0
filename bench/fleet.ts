// 5,000 nodes that speak every ten seconds, 200 of them with a running job, for a minute: the event loop's delay and the memory of the
// appliance, and how fast it says what a machine boots and offers an address by DHCP meanwhile. Another size: `npm run bench -- fleet 500x20x10` (nodes, jobs, seconds).
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Assignment } from '../src/contract/agent-api.ts'
import type { AskedTimes } from './claims/boot-asker.ts'
import type { HttpConnection } from './claims/http-connection.ts'
import { ApplianceRig, inGroups, type ProcessFigures, percentile } from './claims/rig.ts'
import { type Bench, belowLimit, caseLine, runBench } from './rig/report.ts'

const SIZE = '5000x200x60'
const QUICK_SIZE = '500x20x10'
const BEAT_MS = 10_000
const DHCP_PORT = 26_710
const LIMITS = { delayMs: 20, memoryMb: 400, bootMs: 50, offerMs: 50 }

const bench: Bench = async ({ cases: [size], isQuick }) => {
  const [nodes = 0, jobs = 0, seconds = 0] = (size ?? (isQuick ? QUICK_SIZE : SIZE)).split('x').map(Number)
  await using rig = await ApplianceRig.start(DHCP_PORT)
  const agents = await rig.machines(nodes)
  await rig.postJobs(jobs)
  const assignments = await claimAll(agents.slice(0, jobs))
  console.log(`${nodes} nodes and ${jobs} running jobs are there`)
  await setTimeout(2000)

  const until = performance.now() + seconds * 1000
  await rig.ask('begin')
  const asker = new Worker(new URL('./claims/boot-asker.ts', import.meta.url), {
    workerData: { url: rig.url, dhcpPort: DHCP_PORT },
  })
  await Promise.all(agents.map((agent, n) => live(agent, assignments[n], n / nodes, until)))
  asker.postMessage('stop')
  const [{ bootMs, offerMs }] = (await once(asker, 'message')) as [AskedTimes]
  const { delayP99Ms, rssBytes, delayMaxMs, cpuMs } = await rig.ask<ProcessFigures>('figures')
  console.log(`event loop at most ${delayMaxMs.toFixed(1)} ms, processor ${((100 * cpuMs) / (seconds * 1000)).toFixed(0)} %`)
  const results = [
    belowLimit('delay p99', 'ms', delayP99Ms, LIMITS.delayMs),
    belowLimit('memory', 'MB', rssBytes / 1e6, LIMITS.memoryMb),
    belowLimit('boot p99', 'ms', percentile(bootMs, 0.99), LIMITS.bootMs),
    belowLimit('offer p99', 'ms', percentile(offerMs, 0.99), LIMITS.offerMs),
  ]
  for (const each of results) console.log(caseLine(each))
  return results
}

async function claimAll(agents: readonly HttpConnection[]): Promise<readonly Assignment[]> {
  const assignments: Assignment[] = []
  await inGroups(agents, 20, async (agent, n) => {
    assignments[n] = await agent.post<Assignment>('/agent/v1/claim', { waitSeconds: 30 })
  })
  return assignments
}

/** One node: a heartbeat every ten seconds while it has a job, else it waits for one and asks again. share: where in the ten it begins. */
async function live(agent: HttpConnection, assignment: Assignment | undefined, share: number, until: number): Promise<void> {
  await setTimeout(share * BEAT_MS)
  for (let beat = 0; performance.now() < until; beat++) {
    if (assignment === undefined) {
      await agent.post('/agent/v1/claim', { waitSeconds: BEAT_MS / 1000 })
      continue
    }
    const { jobId, leaseId } = assignment
    const transfer = { bytesRead: beat * 1e9, bytesSent: beat * 1e8 }
    await agent.post(`/agent/v1/jobs/${jobId}/heartbeat`, {
      leaseId,
      step: 0,
      minorState: 'reading /dev/vda',
      percent: beat,
      transfer,
    })
    await agent.post(`/agent/v1/jobs/${jobId}/log`, { leaseId, firstLine: beat, lines: [`beat ${beat}`] })
    await setTimeout(BEAT_MS)
  }
}

await runBench('fleet', bench)
