// The agent's imaging steps on chosen disks against an appliance: what a job would do, without the loop around it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ImageVersionView } from '../../src/contract/image.ts'
import type { Disk, Inventory } from '../../src/contract/inventory.ts'
import type { CaptureStep, DeployStep, PackagesStep, PersonaliseStep, VerifyStep } from '../../src/contract/steps.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { ImagingTools } from '../../src/winpe-agent/imaging/imaging-tools.ts'
import type { DiskTools, Machine } from '../../src/winpe-agent/machine.ts'
import type { OrchestratorClient } from '../../src/winpe-agent/orchestrator-client.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { capturePerformer } from '../../src/winpe-agent/steps/capture.ts'
import { deployPerformer } from '../../src/winpe-agent/steps/deploy.ts'
import { growPerformer } from '../../src/winpe-agent/steps/grow.ts'
import { healPerformer } from '../../src/winpe-agent/steps/heal.ts'
import { packagesPerformer } from '../../src/winpe-agent/steps/packages.ts'
import { personalisePerformer } from '../../src/winpe-agent/steps/personalise.ts'
import { recordPerformer } from '../../src/winpe-agent/steps/record.ts'
import { verifyPerformer } from '../../src/winpe-agent/steps/verify.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'
import { linuxTarget } from '../../src/winpe-agent/tools/linux-target.ts'

const LINUX = { disks: linuxDisks, imaging: linuxImaging }
const common = { timeoutSeconds: 3600, disk: { pick: 'only' } } as const

interface Runs {
  readonly jobId?: string
  readonly signal?: AbortSignal
}
type CaptureOptions = Partial<Omit<CaptureStep, 'kind'>> & Runs
type DeployOptions = Partial<Omit<DeployStep, 'kind' | 'knownTableIds'>> & Runs & { readonly knownTableIds?: readonly string[] }

export class ImagingAgent {
  readonly log: string[] = []
  readonly #url: string
  readonly #tools: { readonly disks: Pick<DiskTools, 'findings'>; readonly imaging: ImagingTools }
  #jobs = 0

  constructor(url: string, tools: { readonly disks: Pick<DiskTools, 'findings'>; readonly imaging: ImagingTools } = LINUX) {
    this.#url = url
    this.#tools = tools
  }

  /** Several disks: all that the machine has; the step must then tell them apart. */
  capture(disks: Disk | readonly Disk[], { jobId, signal, ...wishes }: CaptureOptions = {}): Promise<StepOutcome> {
    const step = { kind: 'capture', ...common, imageName: 'disk', includeUnknown: false, ...wishes } as const
    return capturePerformer(this.#tools.imaging)(step, this.#context(disks, jobId, signal))
  }

  deploy(
    disks: Disk | readonly Disk[],
    view: ImageVersionView,
    { jobId, signal, ...wishes }: DeployOptions = {},
  ): Promise<StepOutcome> {
    const consent = { eraseForeignData: false, ...wishes, knownTableIds: [...(wishes.knownTableIds ?? [])] }
    const step = { kind: 'deploy', ...common, ...versionOf(view), ...consent } as const
    return deployPerformer(this.#tools)(step, this.#context(disks, jobId, signal))
  }

  verify(
    disks: Disk | readonly Disk[],
    view: ImageVersionView,
    wishes: DeployOptions & Pick<VerifyStep, 'check'> = {},
  ): Promise<StepOutcome> {
    const step = { kind: 'verify', ...common, ...versionOf(view), ...wishes } as const
    return verifyPerformer(this.#tools.imaging)(step, this.#context(disks))
  }

  heal(disks: Disk | readonly Disk[], view: ImageVersionView): Promise<StepOutcome> {
    return healPerformer({ kind: 'heal', ...common, ...versionOf(view) }, this.#context(disks))
  }

  grow(disks: Disk | readonly Disk[], view: ImageVersionView, wishes: DeployOptions = {}): Promise<StepOutcome> {
    const step = { kind: 'grow', ...common, ...versionOf(view), ...wishes } as const
    return growPerformer(this.#tools.imaging)(step, this.#context(disks))
  }

  /** answer: what the appliance says to /record and /present, which the room of images does not serve. */
  record(
    disks: Disk | readonly Disk[],
    view: ImageVersionView,
    { writesFile, answer }: { readonly writesFile: boolean; readonly answer: (path: string, body: unknown) => unknown },
  ): Promise<StepOutcome> {
    const context = this.#context(disks)
    const post = (async (path: string, body: unknown, ...rest: [never, AbortSignal]) =>
      /\/(record|present)$/.test(path)
        ? answer(path, body)
        : context.client.post(path, body, ...rest)) as OrchestratorClient['post']
    const client: OrchestratorClient = {
      applianceUrl: this.#url,
      authorization: '',
      post,
      exchange: (...asked) => context.client.exchange(...asked),
      download: (...asked) => context.client.download(...asked),
    }
    const step = { kind: 'record', ...common, ...versionOf(view), writesFile } as const
    return recordPerformer(this.#tools)(step, { ...context, client })
  }

  /** bytesOf: what the appliance gives of packages, which the room of images does not serve. */
  async packages(
    disk: Disk,
    view: ImageVersionView,
    change: Pick<PackagesStep, 'removes' | 'installs' | 'checks'>,
    bytesOf: (path: string) => Uint8Array,
  ): Promise<StepOutcome> {
    const context = this.#context(disk)
    const { client } = context
    const download: OrchestratorClient['download'] = async (path, signal) =>
      path.startsWith('/packages/') ? new Response(bytesOf(path) as Uint8Array<ArrayBuffer>).body! : client.download(path, signal)
    const own: OrchestratorClient = {
      applianceUrl: this.#url,
      authorization: '',
      post: (...asked) => client.post(...asked),
      exchange: (...asked) => client.exchange(...asked),
      download,
    }
    const base = await mkdtemp(join(tmpdir(), 'platen-boot-os-'))
    const machine = { target: linuxTarget(base) } as Machine
    const step = { kind: 'packages', ...common, ...versionOf(view), ...change } as const
    const inventory = { ...context.inventory, firmware: 'uefi', architecture: 'x64' } as Inventory
    try {
      return await packagesPerformer(machine, this.#tools.imaging)(step, { ...context, inventory, client: own })
    } finally {
      await rm(base, { recursive: true, force: true })
    }
  }

  /** Everything that a deploy job does: written, verified, grown, and made a machine of its own when that is said. */
  async wholeDeploy(
    disk: Disk,
    view: ImageVersionView,
    wishes: DeployOptions = {},
    identity?: Pick<PersonaliseStep, 'hostname' | 'machineId' | 'sshHostKeys' | 'cloudInit'>,
  ): Promise<StepOutcome> {
    const outcome = await this.deploy(disk, view, wishes)
    await this.verify(disk, view, wishes)
    await this.grow(disk, view, wishes)
    if (identity !== undefined) {
      const step = { kind: 'personalise', ...common, ...versionOf(view), ...wishes, ...identity } as const
      await personalisePerformer(this.#tools.imaging)(step, this.#context(disk))
    }
    return outcome
  }

  #context(disks: Disk | readonly Disk[], jobId?: string, signal?: AbortSignal): StepContext {
    const log = (line: string) => void this.log.push(line)
    const client = createHttpClient(
      { applianceUrl: this.#url, token: 'token' },
      { log, onReturn: () => undefined, pause: (ms, signal) => pause(Math.min(ms, 100), undefined, { signal }) },
    )
    return {
      jobId: jobId ?? `job-${++this.#jobs}`,
      leaseId: 'lease',
      steps: [],
      profile: undefined,
      inventory: { disks: [disks].flat() } as unknown as Inventory,
      client,
      log,
      progress: () => undefined,
      signal: signal ?? new AbortController().signal,
    }
  }
}

function versionOf({ imageName, version, manifestDigest }: ImageVersionView) {
  return { imageName, version, manifestDigest }
}
