// 500 machines are switched on within ten seconds: DHCP, loader by TFTP, DHCP once more, script, kernel and initrds by HTTP, all as real
// packets between two network namespaces, to a whole appliance. Needs root. Another size: `npm run bench -- boot-storm 100x2` (machines, seconds).
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StormFigures } from './boot-storm/machines.ts'
import { NODE_FLAGS, percentile } from './claims/rig.ts'
import { makeNetPair, type NetPair, SERVER_IP } from './rig/net-pair.ts'
import { type Bench, belowLimit, caseLine, runBench, shown } from './rig/report.ts'
import { startServer } from './rig/servers.ts'

const run = promisify(execFile)
const SIZE = '500x10'
const QUICK_SIZE = '50x2'
/** Small, so that the answers are measured and not the wire: a real boot OS has 100 MB. */
const FILES = {
  'loaders/snponly-x64.efi': 256 * 1024,
  'x64/vmlinuz': 256 * 1024,
  'x64/initrd.img': 1024 * 1024,
  'x64/agent.img': 64 * 1024,
} as const
/** Slower than this, and the appliance is what a machine waits for. */
const SCRIPT_LIMIT_MS = 50
const MEMORY_LIMIT_MB = 400
/** As bin/platen has it. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '../.cache/node-compile')
/** All of the machines have one card here: the program that takes each address for whose it says it is. */
const PROGRAM = join(import.meta.dirname, '../test/fakes/loopback-serve-process.ts')

const bench: Bench = async ({ cases: [size], isQuick }) => {
  const [machines = 0, seconds = 0] = (size ?? (isQuick ? QUICK_SIZE : SIZE)).split('x').map(Number)
  const folder = await mkdtemp('/var/tmp/platen-bench-storm-')
  const pair = makeNetPair()
  try {
    await writeFiles(folder)
    const server = await startAppliance(folder, pair)
    try {
      const figures = await storm(pair, machines, seconds)
      return report(figures, machines, await peakMemoryMb(pair.serverNamespace))
    } finally {
      await server.stop()
    }
  } finally {
    pair.end()
    await rm(folder, { recursive: true })
  }
}

async function writeFiles(folder: string): Promise<void> {
  for (const place of ['boot/loaders', 'boot/x64', 'profiles']) await mkdir(join(folder, place), { recursive: true })
  for (const [name, sizeBytes] of Object.entries(FILES))
    await writeFile(join(folder, 'boot', name), Buffer.alloc(sizeBytes, name))
}

function startAppliance(folder: string, { serverNamespace }: NetPair) {
  const flags = { interface: 'srv', 'data-dir': join(folder, 'data'), 'profiles-dir': join(folder, 'profiles') }
  const words = Object.entries({ ...flags, 'boot-dir': join(folder, 'boot'), 'log-level': 'error' })
  const args = [
    'netns',
    'exec',
    serverNamespace,
    process.execPath,
    ...NODE_FLAGS,
    PROGRAM,
    ...words.flatMap(([flag, value]) => [`--${flag}`, value]),
  ]
  const health = ['netns', 'exec', serverNamespace, 'curl', '-sf', `http://${SERVER_IP}:8080/healthz`]
  const isUp = () =>
    run('ip', health).then(
      ({ stdout }) => (JSON.parse(stdout) as { status: string }).status === 'up',
      () => false,
    )
  return startServer({ name: 'platen', program: { path: 'ip', env: { NODE_COMPILE_CACHE } }, args, isUp })
}

async function storm({ clientNamespace }: NetPair, machines: number, seconds: number): Promise<StormFigures> {
  const script = join(import.meta.dirname, 'boot-storm', 'machines.ts')
  const words = ['netns', 'exec', clientNamespace, process.execPath, script, String(machines), String(seconds), 'cli']
  const { stdout } = await run('ip', words, { maxBuffer: 64 * 1024 * 1024, timeout: 300_000 })
  return JSON.parse(stdout) as StormFigures
}

/** Of the whole appliance, at its highest. */
async function peakMemoryMb(namespace: string): Promise<number> {
  const { stdout } = await run('ip', ['netns', 'pids', namespace])
  const peaks = stdout
    .trim()
    .split('\n')
    .map(async (pid) => Number(/^VmHWM:\s*(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0))
  return Math.max(...(await Promise.all(peaks))) / 1000
}

function report({ booted, before, lost, seconds, repeats }: StormFigures, machines: number, memoryMb: number) {
  const megabytes = booted.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
  console.log(
    `${booted.length} of ${machines} booted within ${shown(seconds)} s, ${shown(megabytes)} MB, ${repeats} DHCP questions repeated`,
  )
  const first = before.map(({ scriptMs }) => scriptMs)
  console.log(`the ${first.length} before them waited for their script ${shown(Math.max(...first))} ms at most`)
  for (const reason of new Set(lost)) console.log(`lost: ${reason}`)
  const completed = {
    case: 'completed',
    ratio: booted.length / machines,
    target: 1,
    against: 'all of them',
    ours: booted.length,
    peers: {},
    unit: 'machines',
  }
  const scripts = booted.map(({ scriptMs }) => scriptMs)
  const results = [
    completed,
    belowLimit('script-p99', 'ms', percentile(scripts, 0.99), SCRIPT_LIMIT_MS),
    belowLimit('memory', 'MB', memoryMb, MEMORY_LIMIT_MB),
  ]
  for (const each of results) console.log(caseLine(each))
  return results
}

await runBench('boot-storm', bench)
