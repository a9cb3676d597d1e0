// 100 transfers of 1 MiB through a relay that loses 1 % in both directions, client atftp. Cases are blksize/windowsize.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openLossyRelay } from './rig/lossy-relay.ts'
import { program } from './rig/programs.ts'
import { type Bench, type BenchCase, caseLine, runBench } from './rig/report.ts'
import { bringClients, TFTP_PEERS } from './rig/tftp-servers.ts'

const run = promisify(execFile)
const SIZE_BYTES = 1024 * 1024
const TRANSFERS = { full: 100, quick: 20 }
const AT_ONCE = 10
const LOSS = 0.01
const CASES = ['1428/1', '1428/16', '1428/64']
const MAX_RATIO = 1.2
const OURS = TFTP_PEERS.find(({ name }) => name === 'ours')!

const bench: Bench = async ({ cases, isQuick }) => {
  bringClients()
  const transfers = isQuick ? TRANSFERS.quick : TRANSFERS.full
  const folder = await mkdtemp('/dev/shm/platen-bench-loss-')
  try {
    await mkdir(join(folder, 'loaders'))
    const content = Buffer.from(Uint8Array.from({ length: SIZE_BYTES }, (_, at) => (at * 31) >>> 3))
    await writeFile(join(folder, 'loaders', 'one-mib'), content)
    const results: BenchCase[] = []
    for (const name of cases.length === 0 ? CASES : cases) {
      const ours = await lossyTransfers({ name, folder, content, transfers })
      results.push({
        case: name,
        ratio: ours.failed === 0 ? MAX_RATIO / ours.ratio : 0,
        target: 1,
        against: `the limit of ${MAX_RATIO} × a perfect server's packets`,
        ours: ours.ratio,
        // The others wait five seconds for each lost packet: this would take them an hour.
        peers: {},
        unit: `× the packets of a perfect server (${ours.failed} of ${transfers} failed)`,
      })
      console.log(caseLine(results.at(-1)!))
    }
    return results
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Outcome {
  readonly ratio: number
  readonly failed: number
}

interface Work {
  readonly name: string
  readonly folder: string
  readonly content: Buffer
  readonly transfers: number
}

async function lossyTransfers({ name, folder, content, transfers }: Work): Promise<Outcome> {
  const blockSizeBytes = Number(name.split('/')[0])
  const server = await OURS.start({ folder, probe: 'one-mib' })
  const relay = await openLossyRelay(OURS.port, LOSS)
  try {
    let next = 0
    let failed = 0
    const worker = async () => {
      while (next < transfers) {
        const local = join(folder, `got-${next++}`)
        if (!(await fetchOnce(name, relay.port, local, content))) failed++
        await rm(local, { force: true })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const { sent, lost } = relay.count()
    // Each block and the OACK once, and once more for each that the relay lost.
    const perfect = transfers * (Math.floor(SIZE_BYTES / blockSizeBytes) + 2) + lost
    return { ratio: sent / perfect, failed }
  } finally {
    relay.close()
    await server.stop()
  }
}

async function fetchOnce(name: string, port: number, local: string, content: Buffer): Promise<boolean> {
  const [blockSize, window] = name.split('/')
  const client = program('atftp', 'atftp')
  const options = ['--option', `blksize ${blockSize}`, ...(window === '1' ? [] : ['--option', `windowsize ${window}`])]
  try {
    const args = [...options, '-g', '-r', 'one-mib', '-l', local, '127.0.0.1', String(port)]
    await run(client.path, args, { env: { ...process.env, ...client.env }, timeout: 60_000 })
    return (await readFile(local)).equals(content)
  } catch {
    return false
  }
}

await runBench('tftp-loss', bench)
