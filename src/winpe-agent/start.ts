// Joins the agent's parts for one machine and lives its life. Touches the clock; everything else comes in.
import { setTimeout as pause } from 'node:timers/promises'
import { readBuildClient } from '../contract/xml/build-client.ts'
import { runAgent } from './agent-loop.ts'
import { ApplianceLink } from './appliance-link.ts'
import { Appliances } from './appliances.ts'
import { agentConfig } from './config.ts'
import { createFindDirectories, type NetworkHints } from './directories.ts'
import type { ImagingTools } from './imaging/imaging-tools.ts'
import type { Machine } from './machine.ts'
import { createPerformers } from './performers.ts'
import { createStatusFile } from './status-file.ts'

export interface AgentParts {
  /** As the kernel gives it: where the appliance is, and the token of this boot. */
  readonly commandLine: string
  /** The agent's own configuration (BUILDCLIENT), where there is one. */
  readonly configFile?: { readonly path: string; readonly text: string } | undefined
  /** What the machine's network tells. Left out: nothing. */
  readonly network?: NetworkHints
  readonly agentVersion: string
  readonly machine: Machine
  readonly imaging: ImagingTools
  readonly statusPath: string
  print(line: string): void
}

/** Returns when the machine goes down; fails with the signal's reason when it is aborted. */
export async function startAgent(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const { machine, imaging, agentVersion, print } = parts
  const { configFile } = parts
  const config = agentConfig(parts.commandLine, configFile && readBuildClient(configFile.text, configFile.path))
  let hasReturned = false
  const link = {
    pause: sleep,
    log: print,
    onReturn: () => {
      hasReturned = true
    },
    nowMs: () => performance.now(),
    boot: config.token?.split('.')[1],
  }
  const { applianceUrl: url, token, credential, appliances, waitSeconds } = config
  const home = new ApplianceLink({ url, name: 'home', isDirectory: false, token, credential }, link)
  const findDirectories = createFindDirectories({ named: config.directories, hints: parts.network ?? NO_HINTS, log: print })
  const client = new Appliances({ home, appliances, waitSeconds }, { link, findDirectories })
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

const NO_HINTS: NetworkHints = { leaseDirectories: async () => [], searchDomains: async () => [] }
const sleep = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { signal })
