// Entry of the agent's bundle: chooses the machine and starts. Reads the kernel command line, ends by SIGTERM.
import { existsSync, readFileSync } from 'node:fs'
import { AppError } from '../contract/errors.ts'
import { IDENTITY_FILE } from './booted-system.ts'
import { startAgent } from './start.ts'
import { linuxImaging } from './tools/block-device.ts'
import { setLinuxClock } from './tools/linux-clock.ts'
import { linuxHardware } from './tools/linux-hardware.ts'
import { linuxMachine } from './tools/linux-machine.ts'
import { linuxNetworkHints } from './tools/linux-network-hints.ts'
import { linuxTrialTools } from './tools/linux-trial.ts'
import { linuxWipe } from './tools/linux-wipe.ts'

/** esbuild may put the version in here; without it the agent says that it runs from its sources. */
declare const PLATEN_VERSION: string | undefined

const print = (line: string) => process.stdout.write(`platen: ${line}\n`)
/** The agent's own configuration, for machines that no appliance of ours booted. */
const configPath = process.env.PLATEN_AGENT_CONFIG ?? '/etc/platen/agent.xml'
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(`${name} arrived`)))

try {
  await startAgent(
    {
      commandLine: readFileSync(process.env.PLATEN_CMDLINE_FILE ?? '/proc/cmdline', 'utf8'),
      identity: existsSync(IDENTITY_FILE) ? readFileSync(IDENTITY_FILE, 'utf8') : '',
      agentVersion: typeof PLATEN_VERSION === 'string' ? PLATEN_VERSION : 'from sources',
      configFile: existsSync(configPath) ? { path: configPath, text: readFileSync(configPath, 'utf8') } : undefined,
      network: linuxNetworkHints(),
      machine: linuxMachine(),
      imaging: linuxImaging,
      trial: linuxTrialTools,
      wipe: linuxWipe,
      hardware: linuxHardware,
      setClock: setLinuxClock,
      statusPath: '/run/platen/status.json',
      print,
    },
    stop.signal,
  )
} catch (error) {
  if (error instanceof AppError) print(`${error.message} [${error.code}]\n${error.hint}`)
  else if (stop.signal.aborted) print(`stopped: ${stop.signal.reason.message}`)
  else print(error instanceof Error ? (error.stack ?? error.message) : String(error))
  // The boot OS starts the agent again after a while; the job goes on at its step.
  process.exitCode = stop.signal.aborted ? 0 : 1
}
