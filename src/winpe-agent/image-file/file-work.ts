// What work on an image file needs of the world around it: an appliance to speak to, a place for lines and progress, an end. Touches nothing
// by itself. It speaks as a step of a job does, so that the same engine moves the same chunks.
import { setTimeout as pause } from 'node:timers/promises'
import { TRANSFER_PATH } from '../../contract/image-transfer.ts'
import type { Disk, Inventory } from '../../contract/inventory.ts'
import { OPERATOR_API_PREFIX } from '../../contract/operator-api.ts'
import { createHttpClient } from '../http-client.ts'
import type { Progress, StepContext } from '../performer.ts'

/** Where requests go, and under which lease. */
interface ApplianceAccess {
  /** http://10.77.0.1:8080, without a slash at the end. */
  readonly url: string
  readonly token: string
  /** Left out: an operator's. */
  readonly apiPrefix?: string
  /** Left out: an operator needs none. */
  readonly leaseId?: string
}

export interface FileWork {
  readonly access: ApplianceAccess
  log(line: string): void
  progress(update: Progress): void
  readonly signal: AbortSignal
}

/** importId: the import, or the job, that chunks are sent for; left out where nothing is sent. */
export function contextOf(work: FileWork, importId = 'none', disks: readonly Disk[] = []): StepContext {
  const { access, signal } = work
  const log = (line: string) => work.log(line)
  return {
    jobId: importId,
    leaseId: access.leaseId ?? 'operator',
    steps: [],
    profile: undefined,
    // The engine looks at nothing else of a machine.
    inventory: { disks } as unknown as Inventory,
    client: createHttpClient(
      {
        applianceUrl: access.url,
        token: access.token,
        apiPrefix: access.apiPrefix ?? `${OPERATOR_API_PREFIX}${TRANSFER_PATH}`,
      },
      { log, onReturn: () => undefined, pause: (ms, until) => pause(ms, undefined, { signal: until }) },
    ),
    log,
    progress: (update) => work.progress(update),
    signal,
  }
}
