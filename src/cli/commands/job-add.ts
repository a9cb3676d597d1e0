// platen job add
import { AppError } from '../../contract/errors.ts'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { NewJob } from '../api.ts'
import { usage, type Values, wholeNumber } from '../arguments.ts'
import { API_OPTIONS, apiOf, defineCommand } from '../command.ts'
import { followJob } from '../job-follow.ts'
import { describeJob, progressOf } from '../job-words.ts'

const KINDS: readonly JobRequest['kind'][] = ['build', 'capture', 'deploy']
const WHEN_DONE: readonly JobRequest['whenDone'][] = ['reboot', 'stay', 'power-off']

const OPTIONS = {
  node: { type: 'string', value: 'NODE', description: 'Id or name of the machine. build: left out, any approved one that fits.' },
  profile: { type: 'string', value: 'NAME', description: 'build: the profile.' },
  image: { type: 'string', value: 'NAME', description: 'capture, deploy: the image.' },
  version: { type: 'string', value: 'N', description: 'deploy: the version; left out, the newest.' },
  'disk-serial': { type: 'string', value: 'SERIAL', description: 'The disk, when the machine has several.' },
  'disk-wwn': { type: 'string', value: 'WWN', description: 'The disk, by its world wide name.' },
  'disk-by-path': { type: 'string', value: 'PATH', description: 'The disk, by where it is plugged in: pci-0000:00:04.0.' },
  'erase-foreign-data': {
    type: 'boolean',
    description: 'Erase a disk even when it holds data that this system did not put there.',
  },
  'include-unknown': { type: 'boolean', description: 'capture: copy partitions with an unknown filesystem block by block.' },
  var: {
    type: 'string',
    multiple: true,
    value: 'NAME=TEXT',
    description: "Another value for one of the profile's variables; repeatable.",
  },
  priority: { type: 'string', value: 'N', description: 'Higher runs first. Default: 0.' },
  'max-attempts': { type: 'string', value: 'N', description: 'How often it is tried. Default: 3.' },
  'accept-timeout': { type: 'string', value: 'SECONDS', description: 'Ends timed-out when nobody took it for so long.' },
  'complete-timeout': { type: 'string', value: 'SECONDS', description: 'Taken, but not complete after so long: reclaimed.' },
  'when-done': {
    type: 'string',
    value: 'WHAT',
    description: `What the machine does then: ${WHEN_DONE.join(', ')}. Default: reboot.`,
  },
  wait: { type: 'boolean', description: 'Wait until it has ended and show its progress; exit status 0 only when it succeeded.' },
  ...API_OPTIONS,
} as const

export const jobAdd = defineCommand({
  name: 'job add',
  summary: 'Add a job to the queue: build an image, capture a disk, deploy an image version.',
  words: ['<build|capture|deploy>'],
  options: OPTIONS,
  examples: [
    'platen job add build --profile tiny-linux --wait',
    'platen job add deploy --node rack1-07 --image tiny-linux --version 1',
  ],

  async run(input, context) {
    const api = apiOf(input, context)
    const job = await api.addJob(newJob(input.words[0]!, input.values))
    const { wait, json } = input.values
    if (!wait) return context.out.print(json ? JSON.stringify(job, undefined, 2) : `job ${job.id} is ${job.state}`)
    if (!json) context.out.printError(`job ${job.id}`)
    const ended = await followJob(api, job.id, context, (now) => context.out.progress(progressOf(now))).catch((error) => {
      // Whoever stops waiting has not stopped the job.
      if (context.signal.aborted) context.out.printError(`job ${job.id} goes on; see \`platen job show ${job.id}\``)
      throw error
    })
    context.out.print(json ? JSON.stringify(ended, undefined, 2) : describeJob(ended))
    if (ended.state !== 'succeeded') throw notSucceeded(ended)
  },
})

function newJob(kind: string, values: Values<typeof OPTIONS>): NewJob {
  const number = (name: 'version' | 'priority' | 'max-attempts' | 'accept-timeout' | 'complete-timeout') =>
    wholeNumber(name, values[name])
  return {
    kind: oneOf(KINDS, kind, 'job add'),
    node: values.node,
    profile: values.profile,
    image: values.image,
    version: number('version'),
    disk: diskOf(values),
    eraseForeignData: values['erase-foreign-data'] || undefined,
    includeUnknown: values['include-unknown'] || undefined,
    variables: variablesOf(values.var),
    priority: number('priority'),
    maxAttempts: number('max-attempts'),
    acceptTimeoutSeconds: number('accept-timeout'),
    completeTimeoutSeconds: number('complete-timeout'),
    whenDone: values['when-done'] === undefined ? undefined : oneOf(WHEN_DONE, values['when-done'], '--when-done'),
  }
}

function oneOf<T extends string>(choices: readonly T[], text: string, what: string): T {
  const choice = choices.find((one) => one === text)
  if (choice === undefined) throw usage('job add', `${what} takes ${choices.join(', ')}, not "${text}"`)
  return choice
}

function diskOf(values: Values<typeof OPTIONS>): JobRequest['disk'] {
  const { 'disk-serial': serial, 'disk-wwn': wwn, 'disk-by-path': byPath } = values
  const hint = { ...(serial && { serial }), ...(wwn && { wwn }), ...(byPath && { byPath }) }
  return Object.keys(hint).length > 0 ? hint : undefined
}

function variablesOf(pairs: readonly string[]): Record<string, string> | undefined {
  if (pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw usage('job add', `--var takes NAME=TEXT, not "${pair}"`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function notSucceeded({ id, state, failure }: JobView): AppError {
  const why = failure === undefined ? '' : `: ${failure.code}`
  return new AppError('CLI_JOB_NOT_SUCCEEDED', `job ${id} ended ${state}${why}`, `Read what it wrote: platen job log ${id}`)
}
