// Posts the jobs of a batch and watches them until all have ended.
import { AppError } from '../contract/errors.ts'
import type { JobView } from '../contract/job.ts'
import type { OperatorApi } from './api.ts'
import type { BatchItem } from './batch-manifest.ts'
import type { CommandContext } from './command.ts'
import { isEnded } from './job-words.ts'

export interface BatchJob {
  readonly name: string
  readonly job: JobView
}

type Context = Pick<CommandContext, 'out' | 'signal' | 'sleep'>

const PAUSE_MS = 1000

/** In order; when one is refused, those before it are cancelled: a batch is posted whole or not at all. */
export async function postBatch(api: OperatorApi, items: readonly BatchItem[]): Promise<readonly BatchJob[]> {
  const posted: BatchJob[] = []
  try {
    for (const { name, job } of items) posted.push({ name, job: await api.addJob(job) })
    return posted
  } catch (error) {
    for (const { job } of posted) await api.cancelJob(job.id, 'the batch could not be posted whole').catch(() => undefined)
    throw error
  }
}

/** One line each time that a job does something else; an appliance that is away for a while is waited for. */
export async function watchBatch(
  api: OperatorApi,
  posted: readonly BatchJob[],
  { out, signal, sleep }: Context,
): Promise<readonly BatchJob[]> {
  // A job list may be empty.
  if (posted.length === 0) return posted
  const now = new Map(posted.map((each) => [each.name, each.job]))
  const told = new Map<string, string>()
  for (;;) {
    for (const [name, job] of now) {
      if (!isEnded(job)) now.set(name, await lookAgain(api, job))
      tell(name, now.get(name)!)
    }
    const jobs = [...now.values()]
    const ended = jobs.filter(isEnded).length
    out.progress({ percent: (100 * ended) / jobs.length, text: `${ended} of ${jobs.length} jobs have ended` })
    if (ended === jobs.length) return [...now].map(([name, job]) => ({ name, job }))
    await sleep(PAUSE_MS, signal)
  }

  function tell(name: string, { state, status, nodeName }: JobView): void {
    const line = [name, state, ...(state === 'running' ? [`on ${nodeName ?? 'a machine'}`, status.majorState] : [])].join('  ')
    if (told.get(name) === line) return
    told.set(name, line)
    out.endProgress()
    out.printError(line)
  }
}

async function lookAgain(api: OperatorApi, job: JobView): Promise<JobView> {
  try {
    return await api.job(job.id)
  } catch (error) {
    if (error instanceof AppError && error.code === 'CLI_APPLIANCE_UNREACHABLE') return job
    throw error
  }
}
