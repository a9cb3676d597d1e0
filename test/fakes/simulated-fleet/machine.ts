// A machine that is only said to be there: it boots over HTTP, runs the agent's real loop, and does the steps of its jobs in no time
// that a disk would need. What its captures leave at the appliance are real versions.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import type { Inventory } from '../../../src/contract/inventory.ts'
import type { Step } from '../../../src/contract/steps.ts'
import { encodeManifest } from '../../../src/imaging/manifest-codec.ts'
import { runAgent } from '../../../src/winpe-agent/agent-loop.ts'
import { ApplianceLink } from '../../../src/winpe-agent/appliance-link.ts'
import { Appliances } from '../../../src/winpe-agent/appliances.ts'
import { createChunkClient } from '../../../src/winpe-agent/imaging/chunk-client.ts'
import { fetchManifest } from '../../../src/winpe-agent/imaging/fetch-manifest.ts'
import type { Machine } from '../../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../../src/winpe-agent/performer.ts'
import { contentOf } from './content.ts'
import { showOutcome } from './machine-kinds.ts'

export interface SimulatedMachine {
  readonly mac: string
  readonly inventory: Inventory
  /** How long each step takes. */
  readonly stepSeconds: number
  /** Captures of the same seed and turn hold the same. */
  readonly seed: number
  /** It starts again as soon as its job is over, as a machine that somebody uses; left out: it stays on its own disk. */
  readonly comesBackSeconds?: number
}

const BEATS = 20

/** Until the signal ends it: boots, works while there is work, starts from its disk, boots again. */
export async function live(url: string, machine: SimulatedMachine, signal: AbortSignal): Promise<void> {
  for (let captures = { count: 0 }; !signal.aborted; ) {
    const token = await bootToken(url, machine.mac, signal)
    if (token !== undefined) await runOnce(url, token, machine, captures, signal)
    await sleep((machine.comesBackSeconds ?? 10) * 1000, undefined, { signal }).catch(() => undefined)
  }
}

/** What the boot script says: the token of this boot, or undefined when the machine is sent to its own disk. */
async function bootToken(url: string, mac: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const script = await (await fetch(`${url}/boot/${mac}.ipxe`, { signal })).text()
    return /platen\.token=(\S+)/.exec(script)?.[1]
  } catch {
    return undefined
  }
}

async function runOnce(
  url: string,
  token: string,
  { mac, inventory, stepSeconds, seed }: SimulatedMachine,
  captures: { count: number },
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number, over: AbortSignal) => sleep(ms, undefined, { signal: over })
  const link = { pause, log: () => {}, onReturn: () => {}, nowMs: () => performance.now(), boot: token.split('.')[1] }
  const home = new ApplianceLink({ url, name: 'home', isDirectory: false, token }, link)
  const nothing = async () => undefined
  const step = async (one: Step, context: StepContext): Promise<StepOutcome> => {
    const outcome = await perform(one, context, stepSeconds)
    await showOutcome(one, context)
    return outcome
  }
  const capture = async (one: Step, context: StepContext): Promise<StepOutcome> => {
    await step(one, context)
    captures.count++
    return publish(context, seed + captures.count)
  }
  const performers = {
    format: step,
    setup: step,
    activate: step,
    deploy: step,
    verify: step,
    grow: step,
    personalise: step,
    record: step,
    run: step,
    wipe: step,
    check: step,
    capture,
  }
  const deps = {
    client: new Appliances({ home, appliances: [], waitSeconds: 10 }, { link, findDirectories: async () => [] }),
    machine: { inventory: async () => inventory, keepNetworkFirst: nothing, startFromDiskNext: nothing } as unknown as Machine,
    performers,
    findRecords: async () => ({ records: [] }),
    status: { update: () => undefined },
    agentVersion: 'simulated',
    bootMac: mac,
    configTypes: [],
    features: [],
    restartsWhenIdle: false,
    takeReturned: () => false,
    pause,
    nowMs: () => performance.now(),
    print: () => undefined,
  }
  await runAgent(deps, signal).catch((error: unknown) => {
    if (!signal.aborted) console.error(`${mac}: ${(error as Error).message}`)
  })
}

/** Takes its time, tells how far it is, and ends as a step does that found what it should. */
async function perform(step: Step, context: StepContext, seconds: number): Promise<StepOutcome> {
  const isTransfer = step.kind === 'deploy' || step.kind === 'verify'
  const manifest = isTransfer ? await fetchManifest(step, createChunkClient(context)) : undefined
  const [disk] = manifest?.disks ?? []
  const usedBytes = disk?.usedBytes ?? 0
  for (let beat = 1; beat <= BEATS; beat++) {
    await sleep((seconds * 1000) / BEATS, undefined, { signal: context.signal })
    const part = beat / BEATS
    const transfer = isTransfer
      ? { bytesReceived: Math.round(usedBytes * part * 0.4), bytesWritten: Math.round(usedBytes * part) }
      : {}
    context.progress({ minorState: wordsOf(step), percent: part * 100, secondsLeft: Math.round(seconds * (1 - part)), transfer })
    if (beat % 5 === 0) context.log(`${wordsOf(step)}: ${Math.round(part * 100)} %`)
  }
  // What lies where the files of its function are to be: as they were given.
  if ('configuration' in step && step.configuration !== undefined)
    return { transfer: {}, configuration: step.configuration.map(({ to, text }) => ({ to, digest: sha256Of(text) })) }
  if (disk === undefined) return { transfer: {} }
  return { transfer: { bytesReceived: Math.round(usedBytes * 0.4), bytesWritten: usedBytes }, contentDigest: disk.contentDigest }
}

/** By itself: what the appliance says of them is what it is held against. */
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

function wordsOf({ kind }: Step): string {
  const words: Partial<Record<Step['kind'], string>> = {
    deploy: 'writing /dev/nvme0n1',
    verify: 'reading back /dev/nvme0n1',
    capture: 'reading /dev/nvme0n1',
    format: 'partitioning /dev/nvme0n1',
    setup: 'running setup.sh',
    run: 'running scripts',
    wipe: 'wiping /dev/nvme0n1',
    check: 'testing the memory',
  }
  return words[kind] ?? kind
}

async function publish(context: StepContext, seed: number): Promise<StepOutcome> {
  const client = createChunkClient(context)
  const { manifest, chunks } = contentOf(seed)
  await client.reserve(1_000_000)
  const lacking = new Set(await client.missing(chunks.map(({ digest }) => digest)))
  for (const chunk of chunks)
    if (lacking.has(chunk.digest)) await client.send([{ digest: chunk.digest, bytes: Buffer.from(chunk.bytes) }])
  await client.publish(zstdCompressSync(encodeManifest(manifest)))
  return { transfer: { bytesRead: manifest.disks[0]!.usedBytes, bytesSent: 100_000 } }
}
