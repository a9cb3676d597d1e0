// Entry of the agent's bundle: joins the parts, chooses the machine, ends it. Touches everything.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../contract/errors.ts'
import { runAgent } from './agent-loop.ts'
import { agentConfig } from './config.ts'
import { createHttpClient } from './http-client.ts'
import { createPerformers } from './performers.ts'
import { createStatusFile } from './status-file.ts'
import { linuxImaging } from './tools/block-device.ts'
import { linuxMachine } from './tools/linux-machine.ts'

/** Replaced by esbuild with the version of package.json. */
declare const PLATEN_VERSION: string | undefined
const agentVersion = typeof PLATEN_VERSION === 'string' ? PLATEN_VERSION : 'unbundled'

const print = (line: string) => process.stdout.write(`platen: ${line}\n`)

const stop = new AbortController()

async function main(): Promise<void> {
  const config = agentConfig(readFileSync(process.env.PLATEN_CMDLINE_FILE ?? '/proc/cmdline', 'utf8'))
  const machine = linuxMachine()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(`${name} arrived`)))

  let hasReturned = false
  const sleep = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal })
  const client = createHttpClient(config, { pause: sleep, log: print, onReturn: () => (hasReturned = true) })
  print(`agent ${agentVersion}, appliance ${config.applianceUrl}`)
  const end = await runAgent(
    {
      client,
      machine,
      performers: createPerformers(machine, linuxImaging),
      status: createStatusFile('/run/platen/status.json', () => new Date()),
      agentVersion,
      bootMac: config.bootMac,
      takeReturned() {
        const value = hasReturned
        hasReturned = false
        return value
      },
      pause: sleep,
      nowMs: () => performance.now(),
      print,
    },
    stop.signal,
  )
  await (end === 'restart' ? machine.restart() : machine.powerOff())
}

main().catch((error: unknown) => {
  if (stop.signal.aborted) return print(`stopped: ${stop.signal.reason.message}`)
  if (error instanceof AppError) print(`${error.message} [${error.code}]\n${error.hint}`)
  else print(error instanceof Error ? (error.stack ?? error.message) : String(error))
  // The boot OS's init starts the agent again after a while; the job goes on at its step.
  process.exitCode = 1
})
