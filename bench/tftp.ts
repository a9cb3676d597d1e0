// 64 MiB by TFTP on loopback, client atftp: ours beside tftpd-hpa, dnsmasq and atftpd. Cases are blksize/windowsize.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, runBench, shown } from './rig/report.ts'
import { TFTP_PEERS, type TftpPeer } from './rig/tftp-servers.ts'

const run = promisify(execFile)
const SIZE_BYTES = 64 * 1024 * 1024
const CASES = ['512/1', '1428/1', '512/16', '1428/16', '512/64', '1428/64']
const ROUNDS = 3

const bench: Bench = async (cases) => {
  const folder = await mkdtemp('/dev/shm/platen-bench-tftp-')
  try {
    await mkdir(join(folder, 'loaders'))
    await writeFile(join(folder, 'loaders', 'big'), Buffer.alloc(SIZE_BYTES, 'platen'))
    await writeFile(join(folder, 'loaders', 'small'), 'here')
    const results: BenchCase[] = []
    for (const name of cases.length === 0 ? CASES : cases) {
      results.push(await compare(name, folder))
      console.log(caseLine(results.at(-1)!))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compare(name: string, folder: string): Promise<BenchCase> {
  const speeds: Partial<Record<TftpPeer['name'], number>> = {}
  // In turns, so that a disturbance of the machine meets all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const peer of TFTP_PEERS) {
      const speed = await measure(peer, name, folder)
      speeds[peer.name] = Math.max(speeds[peer.name] ?? 0, speed ?? 0)
    }
  }
  const { ours = 0, ...others } = speeds
  const isLockStep = name.endsWith('/1')
  const fastest = Math.max(...Object.values(others))
  const limit = isLockStep ? 0.9 * (speeds.atftpd ?? 0) : fastest
  return {
    case: name,
    unit: 'MB/s',
    ours,
    peers: Object.fromEntries(Object.entries(others).map(([peer, speed]) => [peer, speed === 0 ? null : speed])),
    target: isLockStep ? `at least ${shown(limit)}, 0.9 × atftpd` : `at least ${shown(limit)}, the fastest peer`,
    isMet: ours > 0 && limit > 0 && ours >= limit,
  }
}

/** MB/s; undefined when the transfer failed. */
async function measure(peer: TftpPeer, name: string, folder: string): Promise<number | undefined> {
  const [blockSize, window] = name.split('/')
  const server = await peer.start({ folder, probe: 'small' })
  const options = ['--option', `blksize ${blockSize}`, ...(window === '1' ? [] : ['--option', `windowsize ${window}`])]
  const client = program('atftp', 'atftp')
  const startedAt = performance.now()
  try {
    const args = [...options, '-g', '-r', 'big', '-l', '/dev/null', peer.address, String(peer.port)]
    await run(client.path, args, { env: { ...process.env, ...client.env }, timeout: 60_000 })
    return SIZE_BYTES / 1e3 / (performance.now() - startedAt)
  } catch {
    return undefined
  } finally {
    await server.stop()
  }
}

await runBench('tftp', bench)
