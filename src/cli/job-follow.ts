// Watches one job until it ends. Asks again every second; what is between two answers comes through the caller.
import type { JobView } from '../contract/job.ts'
import type { OperatorApi } from './api.ts'
import type { CommandContext } from './command.ts'
import { isEnded } from './job-words.ts'

const PAUSE_MS = 1000

/** onLook runs after every look, the one at the end included. */
export async function followJob(
  api: OperatorApi,
  jobId: string,
  { signal, sleep }: Pick<CommandContext, 'signal' | 'sleep'>,
  onLook: (job: JobView) => void | Promise<void>,
): Promise<JobView> {
  for (;;) {
    const job = await api.job(jobId)
    await onLook(job)
    if (isEnded(job)) return job
    await sleep(PAUSE_MS, signal)
  }
}
