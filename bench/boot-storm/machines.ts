// All simulated machines as one process inside the clients' namespace: node machines.ts COUNT SECONDS INTERFACE. Prints one line of JSON.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { DhcpWire } from './dhcp-wire.ts'
import { type Booted, bootMachine } from './machine.ts'
import { ScriptThread } from './script-thread.ts'

/** They come first, at the same pace: an appliance and a client that have just been started compile their code while they run it. */
const WARM_UP = 20

export interface StormFigures {
  /** Those that came first. Of the others only `lost` knows them. */
  readonly before: readonly Booted[]
  readonly booted: readonly Booted[]
  readonly lost: readonly string[]
  readonly seconds: number
  readonly repeats: number
}

const [count, seconds, interfaceName] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!]
execFileSync('ip', ['route', 'add', '255.255.255.255', 'dev', interfaceName])
const wire = await DhcpWire.open()
const scripts = new ScriptThread()
const ip = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
const before = await bootAll(WARM_UP, count)
const startedAt = performance.now()
const storm = await bootAll(count, 0)
const figures: StormFigures = {
  booted: storm.booted,
  before: before.booted,
  lost: [...before.lost, ...storm.lost],
  seconds: (performance.now() - startedAt) / 1000,
  repeats: wire.repeats,
}
wire.close()
await scripts.end()
ip.stdin.end()
await once(ip, 'exit')
process.stdout.write(`${JSON.stringify(figures)}\n`)

/** Numbered from first on, one after the other at the pace of the storm. */
async function bootAll(machines: number, first: number): Promise<{ booted: readonly Booted[]; lost: readonly string[] }> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: machines }, async (_, number) => {
      await pause((seconds * 1000 * number) / count)
      return bootMachine(first + number, { wire, takeAddress: (address) => takeAddress(ip, address), scripts })
    }),
  )
  return {
    booted: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    lost: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : [])),
  }
}

/** One `ip` for all of them: starting five hundred would be a storm of its own. */
async function takeAddress({ stdin }: ChildProcess, address: string): Promise<void> {
  stdin!.write(`address add ${address}/16 dev ${interfaceName} noprefixroute\n`)
  for (let waited = 0; waited < 1000; waited++) {
    if (await isOurs(address)) return
    await pause(5)
  }
  throw new Error(`${address} did not become an address of ${interfaceName}`)
}

/** Asked of the kernel by a socket: to list five hundred addresses for each of them would keep the others waiting. */
function isOurs(address: string): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => found(null, host, 4) })
  return new Promise((told) => {
    const tell = (isBound: boolean) => socket.close(() => told(isBound))
    socket.once('error', () => tell(false))
    socket.bind(0, address, () => tell(true))
  })
}
