// A thousand agents claim at the same instant, ten times, from a list of 10,000 jobs: over real HTTP against our appliance, every claim
// on disk before it is answered; beside it PostgreSQL with FOR UPDATE SKIP LOCKED on the same disk.
// Another size: `npm run bench -- claims 100x1000`.
import type { Assignment } from '../src/contract/agent-api.ts'
import { PostgresQueue } from './claims/postgres.ts'
import { ApplianceRig, inGroups, percentile } from './claims/rig.ts'
import { type Bench, type BenchCase, caseLine, runBench } from './rig/report.ts'

const SIZE = '1000x10000'
const QUICK_SIZE = '100x500'
const OF_POSTGRES = 0.5

interface Size {
  readonly agents: number
  readonly jobs: number
}

interface Measured {
  readonly claimsPerSecond: number
  readonly p99Ms: number
}

const bench: Bench = async ({ cases: [size], isQuick }) => {
  const [agents = 0, jobs = 0] = (size ?? (isQuick ? QUICK_SIZE : SIZE)).split('x').map(Number)
  const ours = await measureOurs({ agents, jobs })
  const postgres = await measurePostgres({ agents, jobs })
  console.log(`99 of 100 claims within ${ours.p99Ms.toFixed(0)} ms; PostgreSQL ${postgres.p99Ms.toFixed(0)} ms`)
  const rate: BenchCase = {
    case: 'claims',
    ratio: ours.claimsPerSecond / postgres.claimsPerSecond,
    target: OF_POSTGRES,
    against: 'PostgreSQL',
    ours: ours.claimsPerSecond,
    peers: { postgres: postgres.claimsPerSecond },
    unit: 'claims/s',
  }
  console.log(caseLine(rate))
  return [rate]
}

async function measureOurs(size: Size): Promise<Measured> {
  await using rig = await ApplianceRig.start()
  const agents = await rig.machines(size.agents)
  await rig.postJobs(size.jobs)
  console.log(`${size.agents} agents and ${size.jobs} jobs are there`)
  const taken = new Set<string>()
  return await inBursts(size, async (n) => {
    const assignment = await agents[n]!.post<Assignment | undefined>('/agent/v1/claim', { waitSeconds: 30 })
    if (assignment === undefined || taken.has(assignment.jobId)) throw new Error(`agent ${n} got no job of its own`)
    taken.add(assignment.jobId)
    return async () => {
      const { jobId, leaseId } = assignment
      // Done with its first step and failed in the next: these agents capture nothing, so no job of theirs can succeed.
      for (const [step, outcome] of (['done', 'failed'] as const).entries()) {
        const failure = outcome === 'failed' ? { failure: { code: 'AGENT_COMMAND_FAILED', message: 'as planned', hint: '' } } : {}
        await agents[n]!.post(`/agent/v1/jobs/${jobId}/reports`, { leaseId, step, outcome, seconds: 1, transfer: {}, ...failure })
      }
    }
  })
}

async function measurePostgres(size: Size): Promise<Measured> {
  await using queue = await PostgresQueue.start()
  await queue.post(size.jobs)
  return await inBursts(size, async (n) => {
    if ((await queue.claim(`node-${n}`)) === undefined) throw new Error('the queue is empty')
    return async () => undefined
  })
}

/** All agents at once, as often as there are jobs for them; what they do between the bursts is not counted. */
async function inBursts(size: Size, claim: (agent: number) => Promise<() => Promise<void>>): Promise<Measured> {
  const agents = Array.from({ length: size.agents }, (_, n) => n)
  const times: number[] = []
  let seconds = 0
  for (let burst = 0; burst < size.jobs / size.agents; burst++) {
    const startedAt = performance.now()
    const finishes = await Promise.all(
      agents.map(async (n) => {
        const finish = await claim(n)
        times.push(performance.now() - startedAt)
        return finish
      }),
    )
    seconds += (performance.now() - startedAt) / 1000
    await inGroups(finishes, 50, (finish) => finish())
  }
  return { claimsPerSecond: times.length / seconds, p99Ms: percentile(times, 0.99) }
}

await runBench('claims', bench)
