// 64 MiB by TFTP on loopback, client atftp: ours beside tftpd-hpa, dnsmasq and atftpd. Cases are blksize/windowsize.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, median, runBench } from './rig/report.ts'
import { bringClients, TFTP_PEERS, type TftpPeer } from './rig/tftp-servers.ts'

const run = promisify(execFile)
const FULL = { sizeBytes: 64 * 1024 * 1024, rounds: 3 }
const QUICK = { sizeBytes: 8 * 1024 * 1024, rounds: 1 }
const CASES = ['512/1', '1428/1', '512/16', '1428/16', '512/64', '1428/64']

const bench: Bench = async ({ cases, isQuick }) => {
  const size = isQuick ? QUICK : FULL
  bringClients()
  for (const peer of TFTP_PEERS) peer.bring()
  const folder = await mkdtemp('/dev/shm/platen-bench-tftp-')
  try {
    await mkdir(join(folder, 'loaders'))
    await writeFile(join(folder, 'loaders', 'big'), Buffer.alloc(size.sizeBytes, 'platen'))
    await writeFile(join(folder, 'loaders', 'small'), 'here')
    const results: BenchCase[] = []
    for (const name of cases.length === 0 ? CASES : cases) {
      results.push(await compare(name, folder, size))
      console.log(caseLine(results.at(-1)!))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare(name: string, folder: string, { sizeBytes, rounds }: typeof FULL): Promise<BenchCase> {
  const speeds = new Map<TftpPeer['name'], number[]>(TFTP_PEERS.map((peer) => [peer.name, []]))
  // In turns, so that a disturbance of the machine meets all of them.
  for (let round = 0; round < rounds; round++) {
    for (const peer of TFTP_PEERS) {
      const seconds = await measure(peer, name, folder)
      speeds.get(peer.name)!.push(seconds === undefined ? 0 : sizeBytes / 1e6 / seconds)
    }
  }
  const { ours, ...peers } = Object.fromEntries([...speeds].map(([peer, each]) => [peer, median(each)])) as Speeds
  const isLockStep = name.endsWith('/1')
  return {
    case: name,
    ratio: ours / (isLockStep ? peers.atftpd : Math.max(...Object.values(peers))),
    target: 1,
    against: isLockStep ? 'atftpd' : 'the fastest peer',
    ours,
    peers: Object.fromEntries(Object.entries(peers).map(([peer, speed]) => [peer, speed === 0 ? null : speed])),
    unit: 'MB/s',
  }
}

type Speeds = Record<TftpPeer['name'], number>

/** Seconds; undefined when the transfer failed. */
async function measure(peer: TftpPeer, name: string, folder: string): Promise<number | undefined> {
  const [blockSize, window] = name.split('/')
  const server = await peer.start({ folder, probe: 'small' })
  const options = ['--option', `blksize ${blockSize}`, ...(window === '1' ? [] : ['--option', `windowsize ${window}`])]
  const client = program('atftp', 'atftp')
  const startedAt = performance.now()
  try {
    const args = [...options, '-g', '-r', 'big', '-l', '/dev/null', peer.address, String(peer.port)]
    await run(client.path, args, { env: { ...process.env, ...client.env }, timeout: 60_000 })
    return (performance.now() - startedAt) / 1000
  } catch {
    return undefined
  } finally {
    await server.stop()
  }
}

await runBench('tftp', bench)
