// platen build
import { readFileSync } from 'node:fs'
import { AppError } from '../../contract/errors.ts'
import { usage } from '../arguments.ts'
import { batchItems, parseBatchManifest } from '../batch-manifest.ts'
import { describeBatch, gatherBatch, postBatch, watchBatch } from '../batch-run.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'

export const build = defineCommand({
  name: 'build',
  summary: 'Build a batch: one job for each product in each configuration, on however many machines there are.',
  words: [],
  options: {
    manifest: { type: 'string', value: 'FILE', description: 'The batch: its products and configurations.' },
    wait: { type: 'boolean', description: 'Wait until all have ended; exit status 0 only when all succeeded.' },
    output: { type: 'string', value: 'FOLDER', description: 'With --wait: gather a report, the logs and what was made there.' },
    ...API_OPTIONS,
  },
  examples: ['platen build --manifest release.yaml --wait --output release-4.2'],

  async run(input, context) {
    const { manifest: file, wait, output, json } = input.values
    if (file === undefined) throw usage('build', 'build needs --manifest FILE')
    const items = batchItems(parseBatchManifest(readManifest(file), file))
    const api = apiOf(input, context)
    const posted = await postBatch(api, items)
    if (!wait) {
      const lines = posted.map(({ name, job }) => `${name}: job ${job.id} is ${job.state}`)
      return context.out.print(json ? JSON.stringify(posted, undefined, 2) : lines.join('\n'))
    }
    const ended = await watchBatch(api, posted, context)
    if (output !== undefined) await gatherBatch(api, ended, output)
    context.out.print(json ? JSON.stringify(ended, undefined, 2) : describeBatch(ended))
    const failed = ended.filter(({ job }) => job.state !== 'succeeded')
    if (failed.length === 0) return
    const names = failed.map(({ name }) => name).join(', ')
    throw new AppError(
      'CLI_JOB_NOT_SUCCEEDED',
      `${failed.length} of ${ended.length} jobs did not succeed: ${names}`,
      'Read what one wrote: platen job log JOB',
    )
  },
})

function readManifest(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage('build', `--manifest: ${(error as Error).message}`)
  }
}
