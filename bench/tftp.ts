// 16 MiB by TFTP on loopback, client atftp: ours beside tftpd-hpa, dnsmasq and atftpd, and beside the same packets from Node and from C
// with nothing around them, so that it is seen which share is whose. Cases are blksize/windowsize.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { processorSeconds } from './rig/processor-time.ts'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, median, runBench, shown } from './rig/report.ts'
import type { RunningServer } from './rig/servers.ts'
import { bareServers, bringClients, TFTP_PEERS, type TftpPeer, type TftpPeerName } from './rig/tftp-servers.ts'

const run = promisify(execFile)
const FULL = { sizeBytes: 16 * 1024 * 1024, rounds: 7 }
const QUICK = { sizeBytes: 4 * 1024 * 1024, rounds: 1 }
const CASES = ['512/1', '1428/1', '512/16', '1428/16', '512/64', '1428/64']

const bench: Bench = async ({ cases, isQuick }) => {
  const size = isQuick ? QUICK : FULL
  bringClients()
  for (const peer of TFTP_PEERS) peer.bring()
  const servers = [...TFTP_PEERS, ...bareServers()]
  const folder = await mkdtemp('/dev/shm/platen-bench-tftp-')
  const running: Running[] = []
  try {
    await mkdir(join(folder, 'loaders'))
    await writeFile(join(folder, 'loaders', 'big'), Buffer.alloc(size.sizeBytes, 'platen'))
    await writeFile(join(folder, 'loaders', 'small'), 'here')
    // One that does not start ends the bench at once.
    for (const peer of servers) running.push({ peer, server: await peer.start({ folder, probe: 'small' }) })
    const results: BenchCase[] = []
    for (const name of cases.length === 0 ? CASES : cases) {
      const figures = await compare(name, running, size)
      results.push(resultOf(name, figures))
      console.log(caseLine(results.at(-1)!))
      console.log(costLine(figures))
    }
    return results
  } finally {
    for (const { server } of running) await server.stop()
    await rm(folder, { recursive: true })
  }
}

interface Running {
  readonly peer: TftpPeer
  readonly server: RunningServer
}

interface Figures {
  /** MB/s, the median of all rounds; 0 when it could not. */
  readonly speed: number
  /** Processor time of the server for one block, in µs, over all rounds. */
  readonly microseconds: number
}
type FiguresOf = ReadonlyMap<TftpPeerName, Figures>

async function compare(name: string, running: readonly Running[], { sizeBytes, rounds }: typeof FULL): Promise<FiguresOf> {
  const [blockSize = 512, window = 1] = name.split('/').map(Number)
  const speeds = new Map<TftpPeerName, number[]>(running.map(({ peer }) => [peer.name, []]))
  const used = new Map<TftpPeerName, number>()
  // In turns, so that a disturbance of the machine meets all of them; the first turn warms them up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const { peer, server } of running) {
      const before = processorSeconds(server.pid)
      const seconds = await secondsToFetch(peer, blockSize, window)
      if (round === 0) continue
      speeds.get(peer.name)!.push(seconds === undefined ? 0 : sizeBytes / 1e6 / seconds)
      used.set(peer.name, (used.get(peer.name) ?? 0) + processorSeconds(server.pid) - before)
    }
  }
  const blocks = (Math.floor(sizeBytes / blockSize) + 1) * rounds
  return new Map(
    [...speeds].map(([peer, each]) => [peer, { speed: median(each), microseconds: (used.get(peer)! / blocks) * 1e6 }]),
  )
}

function resultOf(name: string, figures: FiguresOf): BenchCase {
  const speedOf = (peer: TftpPeerName) => figures.get(peer)?.speed ?? 0
  const people = ['tftpd-hpa', 'dnsmasq', 'atftpd'] as const
  const isLockStep = name.endsWith('/1')
  const others = [...figures].filter(([peer]) => peer !== 'ours')
  return {
    case: name,
    ratio: speedOf('ours') / (isLockStep ? speedOf('atftpd') : Math.max(...people.map(speedOf))),
    target: 1,
    against: isLockStep ? 'atftpd' : 'the fastest peer',
    ours: speedOf('ours'),
    peers: Object.fromEntries(others.map(([peer, { speed }]) => [peer, speed === 0 ? null : speed])),
    unit: 'MB/s',
  }
}

/** Whose the processor time is: ours is what Node alone does not take, Node's what C alone does not take. */
function costLine(figures: FiguresOf): string {
  // tftpd-hpa works in children that it does not wait for, whose time nobody is told.
  const each = [...figures].flatMap(([peer, { microseconds }]) => (microseconds === 0 ? [] : [`${peer} ${shown(microseconds)}`]))
  const cost = (peer: TftpPeerName) => figures.get(peer)?.microseconds
  const [ours = 0, node = 0, c] = [cost('ours'), cost('Node alone'), cost('C alone')]
  const shares = [
    ...(c === undefined ? [`the packets in Node ${shown(node)}`] : [`the packets ${shown(c)}`, `Node ${shown(node - c)}`]),
    `our code ${shown(ours - node)}`,
  ]
  return `           µs of processor time a block: ${each.join(', ')}; of ours: ${shares.join(', ')}`
}

/** undefined when the transfer failed. */
async function secondsToFetch(peer: TftpPeer, blockSize: number, window: number): Promise<number | undefined> {
  const options = ['--option', `blksize ${blockSize}`, ...(window === 1 ? [] : ['--option', `windowsize ${window}`])]
  const client = program('atftp', 'atftp')
  const startedAt = performance.now()
  try {
    const args = [...options, '-g', '-r', 'big', '-l', '/dev/null', peer.address, String(peer.port)]
    await run(client.path, args, { env: { ...process.env, ...client.env }, timeout: 60_000 })
    return (performance.now() - startedAt) / 1000
  } catch {
    return undefined
  }
}

await runBench('tftp', bench)
