// Posts the jobs of a batch, watches them until all have ended, and gathers what came of them in a folder.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../contract/errors.ts'
import type { JobView } from '../contract/job.ts'
import type { OperatorApi } from './api.ts'
import type { BatchItem } from './batch-manifest.ts'
import type { CommandContext } from './command.ts'
import { formatSeconds } from './format.ts'
import { isEnded } from './job-words.ts'
import { table } from './table.ts'

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

/** report.json, report.txt, and for each job its log and what it made. */
export async function gatherBatch(api: OperatorApi, ended: readonly BatchJob[], folder: string): Promise<void> {
  for (const { name, job } of ended) {
    const lines: string[] = []
    for (let next = 0; ; ) {
      const page = await api.jobLog(job.id, next)
      lines.push(...page.lines)
      if (page.lines.length === 0) break
      next = page.nextLine
    }
    write(join(folder, `${name}.log`), `${lines.join('\n')}\n`)
    write(
      join(folder, `${name}.json`),
      `${JSON.stringify({ ...resultOf(job), jobId: job.id, state: job.state, failure: job.failure }, undefined, 2)}\n`,
    )
  }
  write(join(folder, 'report.json'), `${JSON.stringify(ended, undefined, 2)}\n`)
  write(join(folder, 'report.txt'), `${describeBatch(ended)}\n`)
}

export function describeBatch(ended: readonly BatchJob[]): string {
  const rows = ended.map(({ name, job }) => {
    const { imageName, version } = resultOf(job)
    const made = version === undefined ? (job.failure?.message ?? '-') : `${imageName} version ${version}`
    return [name, job.state, job.nodeName ?? '-', durationOf(job), made]
  })
  return table([['JOB', 'STATE', 'NODE', 'TIME', 'RESULT'], ...rows])
}

/** The image version that came of it. */
function resultOf({ results, imageName }: JobView): {
  readonly imageName?: string | undefined
  readonly version?: number | undefined
} {
  const captured = results.find(({ kind }) => kind === 'capture')
  return { imageName, version: captured?.imageVersion }
}

function durationOf({ status: { startedAt, completedAt } }: JobView): string {
  if (startedAt === undefined || completedAt === undefined) return '-'
  return formatSeconds((Date.parse(completedAt) - Date.parse(startedAt)) / 1000)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
