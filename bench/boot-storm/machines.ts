// All simulated machines as one process inside the clients' namespace: node machines.ts COUNT SECONDS INTERFACE. Prints one line of JSON.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { DhcpWire } from './dhcp-wire.ts'
import { type Booted, bootMachine } from './machine.ts'

export interface StormFigures {
  readonly booted: readonly Booted[]
  readonly lost: readonly string[]
  readonly seconds: number
  readonly repeats: number
}

const [count, seconds, interfaceName] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!]
execFileSync('ip', ['route', 'add', '255.255.255.255', 'dev', interfaceName])
const wire = await DhcpWire.open()
const ip = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
const startedAt = performance.now()
const outcomes = await Promise.allSettled(
  Array.from({ length: count }, async (_, number) => {
    await pause((seconds * 1000 * number) / count)
    return bootMachine(number, { wire, takeAddress: (address) => takeAddress(ip, address) })
  }),
)
const figures: StormFigures = {
  booted: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
  lost: outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : [])),
  seconds: (performance.now() - startedAt) / 1000,
  repeats: wire.repeats,
}
wire.close()
ip.stdin.end()
await once(ip, 'exit')
process.stdout.write(`${JSON.stringify(figures)}\n`)

/** One `ip` for all of them: starting five hundred would be a storm of its own. */
async function takeAddress({ stdin }: ChildProcess, address: string): Promise<void> {
  stdin!.write(`address add ${address}/16 dev ${interfaceName} noprefixroute\n`)
  for (let waited = 0; waited < 1000; waited++) {
    if (networkInterfaces()[interfaceName!]?.some((known) => known.address === address)) return
    await pause(10)
  }
  throw new Error(`${address} did not become an address of ${interfaceName}`)
}
