// platen build
import { readFileSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { usage } from '../arguments.ts'
import { describeBatch, type GatheredJob, gatherBatch } from '../batch-gather.ts'
import { batchItems, parseBatchManifest } from '../batch-manifest.ts'
import { postBatch, watchBatch } from '../batch-run.ts'
import { apiOf, CONNECTION_OPTIONS, defineCommand, JSON_FLAG } from '../command.ts'
import { fileTalk } from '../image-files.ts'

export const build = defineCommand({
  name: 'build',
  summary: 'Build a batch: one job for each product in each configuration, on however many machines there are.',
  words: [],
  options: {
    manifest: { type: 'string', value: 'FILE', description: 'The batch: its products and configurations.' },
    wait: { type: 'boolean', description: 'Wait until all have ended; exit status 0 only when all succeeded.' },
    output: { type: 'string', value: 'FOLDER', description: 'With --wait: gather the images, the logs and a report there.' },
    ...CONNECTION_OPTIONS,
    json: JSON_FLAG,
  },
  examples: ['platen build --manifest release.yaml --wait --output release-4.2'],

  async run(input, context) {
    const { manifest: file, wait, output, json } = input.values
    if (file === undefined) throw usage('build', 'build needs --manifest FILE')
    const manifest = parseBatchManifest(readManifest(file), file)
    const api = apiOf(input, context)
    const posted = await postBatch(api, batchItems(manifest))
    if (!wait) {
      const lines = posted.map(({ name, job }) => `${name}: job ${job.id} is ${job.state}`)
      return context.out.print(json ? JSON.stringify(posted, undefined, 2) : lines.join('\n'))
    }
    const watched = await watchBatch(api, posted, context)
    const order = { ended: watched, images: manifest.images ?? 'bundle' }
    const ended = output === undefined ? watched : await gatherBatch(api, { ...order, folder: output }, fileTalk(context))
    context.out.print(json ? JSON.stringify(ended, undefined, 2) : describeBatch(ended))
    refuseFailed(ended)
  },
})

function refuseFailed(ended: readonly GatheredJob[]): void {
  const namesOf = (jobs: readonly GatheredJob[]) => jobs.map(({ name }) => name).join(', ')
  const failed = ended.filter(({ job }) => job.state !== 'succeeded')
  if (failed.length > 0) {
    throw new AppError(
      'CLI_JOB_NOT_SUCCEEDED',
      `${failed.length} of ${ended.length} jobs did not succeed: ${namesOf(failed)}`,
      'Read what one wrote: platen job log JOB',
    )
  }
  const lacking = ended.filter(({ imageFailure }) => imageFailure !== undefined)
  if (lacking.length === 0) return
  throw new AppError(
    'CLI_JOB_NOT_SUCCEEDED',
    `the images of ${lacking.length} of ${ended.length} jobs were made, but could not be gathered: ${namesOf(lacking)}`,
    'The report says why. They are in the store: platen image export NAME@VERSION --to FILE',
  )
}

function readManifest(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage('build', `--manifest: ${(error as Error).message}`)
  }
}
