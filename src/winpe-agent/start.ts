// Joins the agent's parts for one machine and lives its life. Touches the clock; everything else comes in.
import { setTimeout as pause } from 'node:timers/promises'
import { runAgent } from './agent-loop.ts'
import { agentConfig } from './config.ts'
import { createHttpClient } from './http-client.ts'
import type { ImagingTools } from './imaging/imaging-tools.ts'
import type { Machine } from './machine.ts'
import { createPerformers } from './performers.ts'
import { createStatusFile } from './status-file.ts'

export interface AgentParts {
  /** As the kernel gives it: where the appliance is, and the token of this boot. */
  readonly commandLine: string
  readonly agentVersion: string
  readonly machine: Machine
  readonly imaging: ImagingTools
  readonly statusPath: string
  print(line: string): void
}

/** Returns when the machine goes down; fails with the signal's reason when it is aborted. */
export async function startAgent(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const { machine, imaging, agentVersion, print } = parts
  const config = agentConfig(parts.commandLine)
  let hasReturned = false
  const client = createHttpClient(config, {
    pause: sleep,
    log: print,
    onReturn: () => {
      hasReturned = true
    },
  })
  print(`agent ${agentVersion}, appliance ${config.applianceUrl}`)
  const end = await runAgent(
    {
      client,
      machine,
      agentVersion,
      print,
      performers: createPerformers(machine, imaging),
      status: createStatusFile(parts.statusPath, () => new Date()),
      bootMac: config.bootMac,
      configTypes: config.configTypes,
      restartsWhenIdle: config.restartsWhenIdle,
      takeReturned() {
        const value = hasReturned
        hasReturned = false
        return value
      },
      pause: sleep,
      nowMs: () => performance.now(),
    },
    signal,
  )
  switch (end) {
    case 'restart':
      return machine.restart()
    case 'power-off':
      return machine.powerOff()
    case 'start-kernel':
      return machine.startKernel()
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { signal })
