// The agent's imaging steps on chosen disks against an appliance: what a job would do, without the loop around it.
import { setTimeout as pause } from 'node:timers/promises'
import type { ImageVersionView } from '../../src/contract/image.ts'
import type { Disk, Inventory } from '../../src/contract/inventory.ts'
import { createHttpClient } from '../../src/winpe-agent/http-client.ts'
import type { ImagingTools } from '../../src/winpe-agent/imaging/imaging-tools.ts'
import type { DiskTools } from '../../src/winpe-agent/machine.ts'
import type { StepContext, StepOutcome } from '../../src/winpe-agent/performer.ts'
import { capturePerformer } from '../../src/winpe-agent/steps/capture.ts'
import { deployPerformer } from '../../src/winpe-agent/steps/deploy.ts'
import { verifyPerformer } from '../../src/winpe-agent/steps/verify.ts'
import { linuxImaging } from '../../src/winpe-agent/tools/block-device.ts'
import { linuxDisks } from '../../src/winpe-agent/tools/linux-disks.ts'

const LINUX = { disks: linuxDisks, imaging: linuxImaging }
const common = { timeoutSeconds: 3600, disk: { pick: 'only' } } as const

export class ImagingAgent {
  readonly log: string[] = []
  readonly #url: string
  readonly #tools: { readonly disks: Pick<DiskTools, 'findings'>; readonly imaging: ImagingTools }
  #jobs = 0

  constructor(url: string, tools: { readonly disks: Pick<DiskTools, 'findings'>; readonly imaging: ImagingTools } = LINUX) {
    this.#url = url
    this.#tools = tools
  }

  capture(disk: Disk, options: { includeUnknown?: boolean; jobId?: string; signal?: AbortSignal } = {}): Promise<StepOutcome> {
    const step = { kind: 'capture', ...common, imageName: 'disk', includeUnknown: options.includeUnknown ?? false } as const
    return capturePerformer(this.#tools.imaging)(step, this.#context(disk, options))
  }

  deploy(
    disk: Disk,
    view: ImageVersionView,
    options: { eraseForeignData?: boolean; knownTableIds?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<StepOutcome> {
    const { imageName, version, manifestDigest } = view
    const consent = { eraseForeignData: options.eraseForeignData ?? false, knownTableIds: [...(options.knownTableIds ?? [])] }
    const step = { kind: 'deploy', ...common, imageName, version, manifestDigest, ...consent } as const
    return deployPerformer(this.#tools)(step, this.#context(disk, options))
  }

  verify(disk: Disk, view: ImageVersionView): Promise<StepOutcome> {
    const { imageName, version, manifestDigest } = view
    return verifyPerformer(this.#tools.imaging)(
      { kind: 'verify', ...common, imageName, version, manifestDigest },
      this.#context(disk, {}),
    )
  }

  #context(disk: Disk, options: { jobId?: string; signal?: AbortSignal }): StepContext {
    const log = (line: string) => void this.log.push(line)
    const client = createHttpClient(
      { applianceUrl: this.#url, token: 'token' },
      { log, onReturn: () => undefined, pause: (ms, signal) => pause(Math.min(ms, 100), undefined, { signal }) },
    )
    return {
      jobId: options.jobId ?? `job-${++this.#jobs}`,
      leaseId: 'lease',
      steps: [],
      profile: undefined,
      inventory: { disks: [disk] } as unknown as Inventory,
      client,
      log,
      progress: () => undefined,
      signal: options.signal ?? new AbortController().signal,
    }
  }
}
