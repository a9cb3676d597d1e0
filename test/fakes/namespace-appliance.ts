// `platen serve` in a network namespace, as its configuration file says. Root only.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')

/** Returns when it is up. */
export async function serveIn(namespace: string, configFile: string): Promise<ChildProcess> {
  const words = ['netns', 'exec', namespace, PROGRAM, 'serve', '--config', configFile]
  const appliance = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: appliance.stdout! })) if (line.includes('appliance is up')) return appliance
  throw new Error('the appliance ended before it was up')
}

/** As systemd ends it. How it ended: [0, null] when all went well. */
export async function end(appliance: ChildProcess): Promise<unknown[]> {
  if (appliance.exitCode !== null || appliance.signalCode !== null) return [appliance.exitCode, appliance.signalCode]
  appliance.kill('SIGTERM')
  return once(appliance, 'exit')
}
