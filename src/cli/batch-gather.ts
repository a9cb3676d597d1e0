// What came of a batch, in one folder: the images, the logs, a report. Writes files.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BatchManifest } from '../contract/batch.ts'
import { AppError } from '../contract/errors.ts'
import type { JobView } from '../contract/job.ts'
import type { FileTalk, OperatorApi } from './api.ts'
import type { BatchJob } from './batch-run.ts'
import { formatSeconds } from './format.ts'
import { findVersion } from './image-reference.ts'
import { table } from './table.ts'

export interface GatheredJob extends BatchJob {
  /** Inside the folder; left out: nothing was made, or nothing is gathered. */
  readonly imageFile?: string
  /** Why the image is not there although the job succeeded. */
  readonly imageFailure?: string
}

type ImageFormat = NonNullable<BatchManifest['images']>

const EXTENSION: Record<Exclude<ImageFormat, 'none'>, string> = { bundle: 'platen', raw: 'raw', qcow2: 'qcow2' }

export interface GatherOrder {
  readonly ended: readonly BatchJob[]
  readonly folder: string
  readonly images: ImageFormat
}

/** NAME.log and NAME.json and the image of each job; batch.log, report.json and report.txt of all. One image that fails does not stop the others. */
export async function gatherBatch(api: OperatorApi, order: GatherOrder, talk: FileTalk): Promise<readonly GatheredJob[]> {
  const { ended, folder } = order
  const gathered: GatheredJob[] = []
  const allLines: string[] = []
  for (const { name, job } of ended) {
    const lines = await linesOf(api, job)
    allLines.push(...lines.map((line) => `${name}  ${line}`))
    write(join(folder, `${name}.log`), linesAsText(lines))
    const image = await gatherImage(api, { name, job }, order, talk)
    gathered.push({ name, job, ...image })
    const facts = { ...resultOf(job), ...image, jobId: job.id, state: job.state, failure: job.failure }
    write(join(folder, `${name}.json`), `${JSON.stringify(facts, undefined, 2)}\n`)
  }
  write(join(folder, 'batch.log'), linesAsText(allLines))
  write(join(folder, 'report.json'), `${JSON.stringify(gathered, undefined, 2)}\n`)
  write(join(folder, 'report.txt'), `${describeBatch(gathered)}\n`)
  return gathered
}

export function describeBatch(ended: readonly GatheredJob[]): string {
  const rows = ended.map(({ name, job, imageFile, imageFailure }) => {
    const { imageName, version } = resultOf(job)
    const made = version === undefined ? (job.failure?.message ?? '-') : `${imageName} version ${version}`
    const file = imageFile ?? (imageFailure === undefined ? '-' : `not gathered: ${imageFailure}`)
    return [name, job.state, job.nodeName ?? '-', durationOf(job), made, file]
  })
  return table([['JOB', 'STATE', 'NODE', 'TIME', 'RESULT', 'FILE'], ...rows])
}

async function gatherImage(
  api: OperatorApi,
  { name, job }: BatchJob,
  { folder, images }: GatherOrder,
  talk: FileTalk,
): Promise<Pick<GatheredJob, 'imageFile' | 'imageFailure'>> {
  const { imageName, version } = resultOf(job)
  if (images === 'none' || version === undefined) return {}
  const imageFile = `${name}.${EXTENSION[images]}`
  const file = join(folder, imageFile)
  mkdirSync(dirname(file), { recursive: true })
  try {
    const view = findVersion(`${imageName}@${version}`, await api.images())
    await api.exportImage({ version: view, file, format: images }, talk)
    return { imageFile }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { imageFailure: error.message }
  }
}

async function linesOf(api: OperatorApi, job: JobView): Promise<string[]> {
  const lines: string[] = []
  for (let next = 0; ; ) {
    const page = await api.jobLog(job.id, next)
    lines.push(...page.lines)
    if (page.lines.length === 0) return lines
    next = page.nextLine
  }
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

const linesAsText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
