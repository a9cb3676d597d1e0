// Joins the agent's parts for one machine and lives its life. Touches the clock; everything else comes in.
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../contract/errors.ts'
import { readBuildClient } from '../contract/xml/build-client.ts'
import { type AgentEnd, runAgent } from './agent-loop.ts'
import { ApplianceLink } from './appliance-link.ts'
import { Appliances } from './appliances.ts'
import { bootedSystem } from './booted-system.ts'
import { type AgentConfig, agentConfig } from './config.ts'
import { createFindDirectories, type NetworkHints } from './directories.ts'
import { goHttps } from './https-home.ts'
import type { ImagingTools } from './imaging/imaging-tools.ts'
import type { Machine } from './machine.ts'
import { ownToken } from './own-token.ts'
import { createPerformers } from './performers.ts'
import { findRecords } from './record/find-records.ts'
import { createStatusFile } from './status-file.ts'
import type { HardwareTools } from './steps/check.ts'
import type { WipeTools } from './steps/wipe.ts'
import type { TrialTools } from './trial-tools.ts'

export interface AgentParts {
  /** As the kernel gives it: where the appliance is, and the token of this boot. */
  readonly commandLine: string
  /** What the system says that it was made from. Left out: nothing. */
  readonly identity?: string
  /** The agent's own configuration (BUILDCLIENT), where there is one. */
  readonly configFile?: { readonly path: string; readonly text: string } | undefined
  /** What the machine's network tells. Left out: nothing. */
  readonly network?: NetworkHints
  readonly agentVersion: string
  readonly machine: Machine
  readonly imaging: ImagingTools
  /** Left out: this system starts no other kernel. */
  readonly trial?: TrialTools
  /** Left out: this system asks no drive to erase itself. */
  readonly wipe?: WipeTools
  /** Left out: this system does not look at its hardware. */
  readonly hardware?: HardwareTools
  readonly statusPath: string
  /** Left out: this system's clock cannot be set. */
  setClock?(at: Date): Promise<void>
  print(line: string): void
}

/** Long enough for a person to read it on the screen. */
const CONTESTED_PAUSE_MS = 30_000

/** Returns when the machine goes down; fails with the signal's reason when it is aborted. */
export async function startAgent(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const { machine, imaging, trial, wipe, hardware, agentVersion, print, configFile } = parts
  const told = agentConfig(parts.commandLine, configFile && readBuildClient(configFile.text, configFile.path))
  const spoken = await withHttps(told, parts, signal)
  const config = await withOwnToken(spoken, parts, signal)
  if (config === 'contested') return machine.restart()
  let hasReturned = false
  const client = clientOf(config, parts, () => {
    hasReturned = true
  })
  print(`agent ${agentVersion}, appliance ${config.applianceUrl}`)
  const end = await runAgent(
    {
      client,
      machine,
      agentVersion,
      print,
      performers: createPerformers(machine, imaging, { trial, wipe, hardware }),
      status: createStatusFile(parts.statusPath, () => new Date()),
      bootMac: config.bootMac,
      configTypes: config.configTypes,
      features: config.features,
      bootOs: bootedSystem(parts.commandLine, parts.identity ?? ''),
      restartsWhenIdle: config.restartsWhenIdle,
      findRecords: (disks, inFile, stop) =>
        findRecords(disks, { inFile }, { disks: machine.disks, imaging }, { signal: stop, log: print }),
      takeReturned() {
        const value = hasReturned
        hasReturned = false
        return value
      },
      pause: sleep,
      nowMs,
    },
    signal,
  )
  return goDown(machine, end)
}

/** The address changes with the way to speak; the one before is kept, so that others' word for it is understood. */
async function withHttps(
  config: AgentConfig,
  { print, setClock }: AgentParts,
  signal: AbortSignal,
): Promise<AgentConfig & { readonly plainUrl?: string }> {
  if (config.https === undefined) return config
  const deps = { pause: sleep, log: print, nowMs: () => Date.now(), ...(setClock && { setClock }) }
  const applianceUrl = await goHttps(config.applianceUrl, config.https, deps, signal)
  return { ...config, applianceUrl, plainUrl: config.applianceUrl }
}

/** contested: somebody else has come with the token of this boot; the next one has another. */
async function withOwnToken<C extends AgentConfig>(
  config: C,
  { statusPath, print }: AgentParts,
  signal: AbortSignal,
): Promise<C | 'contested'> {
  const { applianceUrl, token } = config
  if (token === undefined) return config
  const deps = { pause: sleep, log: print, onReturn: () => {} }
  try {
    const own = await ownToken({ applianceUrl, token }, join(dirname(statusPath), 'session'), deps, signal)
    return { ...config, token: own }
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'AGENT_TOKEN_CONTESTED')) throw error
    print(`${error.message} [${error.code}]; this machine restarts in ${CONTESTED_PAUSE_MS / 1000} seconds`)
    await sleep(CONTESTED_PAUSE_MS, signal)
    return 'contested'
  }
}

function clientOf(
  config: AgentConfig & { readonly plainUrl?: string },
  { print, network = NO_HINTS }: AgentParts,
  onReturn: () => void,
): Appliances {
  const { applianceUrl: url, plainUrl, token, credential, appliances, waitSeconds } = config
  const link = { pause: sleep, log: print, onReturn, nowMs, boot: token?.split('.')[1] }
  const home = new ApplianceLink({ url, alsoUrl: plainUrl, name: 'home', isDirectory: false, token, credential }, link)
  const findDirectories = createFindDirectories({ named: config.directories, hints: network, log: print })
  return new Appliances({ home, appliances, waitSeconds }, { link, findDirectories })
}

function goDown(machine: Machine, end: AgentEnd): Promise<void> {
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
const nowMs = (): number => performance.now()
const sleep = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { signal })
