// The same job on several machines: those that are named, or all of a class. Posts one each, and waits for all of them when asked to.
import { AppError } from '../contract/errors.ts'
import type { JobView } from '../contract/job.ts'
import type { NewJob, OperatorApi } from './api.ts'
import { type OptionSpecs, usage, type Values, wholeNumber } from './arguments.ts'
import type { CommandContext } from './command.ts'
import { namesOf } from './each-node.ts'
import { followJob } from './job-follow.ts'
import { isOneName } from './node-set.ts'

export const NODE_JOB_OPTIONS = {
  class: { type: 'string', value: 'CLASS', description: 'All machines of this class, beside those that are named.' },
  nodes: {
    type: 'string',
    value: 'N',
    description: 'With --class, or a set of nodes: how many machines that hits; another number is refused.',
  },
  'when-done': {
    type: 'string',
    value: 'WHAT',
    description: 'What the machine does then: reboot, stay in the boot OS, power-off. Default: reboot.',
  },
  priority: { type: 'string', value: 'N', description: 'Higher runs first. Default: 0.' },
  wait: { type: 'boolean', description: 'Wait until all have ended; exit status 0 only when all succeeded.' },
} as const satisfies OptionSpecs
type NodeJobValues = Values<typeof NODE_JOB_OPTIONS>

/** Names, each once. Each word is a name or a set. */
export async function nodesOf(
  command: string,
  named: readonly string[],
  values: NodeJobValues,
  api: OperatorApi,
): Promise<string[]> {
  const { class: nodeClass } = values
  const members = nodeClass === undefined ? [] : (await api.class(nodeClass)).nodes
  const sets = await Promise.all(named.map((set) => namesOf(set, api)))
  const nodes = [...new Set([...sets.flat(), ...members])]
  if (nodes.length === 0)
    throw usage(command, nodeClass === undefined ? `${command} needs a machine, or --class` : `class ${nodeClass} has no machine`)
  const said = wholeNumber('nodes', values.nodes)
  const isCounted = nodeClass !== undefined || !named.every(isOneName)
  if (isCounted && said !== nodes.length)
    throw usage(command, `that hits ${nodes.length} machines: ${nodes.join(', ')}; say so with --nodes ${nodes.length}`)
  return nodes
}

export function commonOf(command: string, values: NodeJobValues): Pick<NewJob, 'whenDone' | 'priority'> {
  const { 'when-done': whenDone } = values
  if (whenDone !== undefined && whenDone !== 'reboot' && whenDone !== 'stay' && whenDone !== 'power-off')
    throw usage(command, `--when-done is reboot, stay or power-off, not ${whenDone}`)
  return { whenDone, priority: wholeNumber('priority', values.priority) }
}

interface Wishes {
  readonly wait: boolean
  readonly json: boolean
  /** Of one that has ended. */
  readonly describe: (job: JobView) => readonly string[] | Promise<readonly string[]>
}

/** Throws CLI_JOB_NOT_SUCCEEDED when one was refused, or, waited for, did not succeed. */
export async function postToNodes(
  nodes: readonly string[],
  jobFor: (node: string) => NewJob,
  { wait, json, describe }: Wishes,
  api: OperatorApi,
  context: CommandContext,
): Promise<void> {
  const posted: JobView[] = []
  const refused: string[] = []
  for (const node of nodes) {
    try {
      posted.push(await api.addJob(jobFor(node)))
    } catch (error) {
      // One machine that is not approved must not keep the script from the others.
      if (!(error instanceof AppError) || nodes.length === 1) throw error
      refused.push(`${node}: ${error.message}`)
    }
  }
  for (const line of refused) context.out.printError(`not posted for ${line}`)
  const jobs = wait ? await waitFor(posted, api, context) : posted
  if (json) context.out.print(JSON.stringify(jobs, undefined, 2))
  else {
    const rows = jobs.map((job) => [
      job.id,
      job.nodeName ?? job.request.node ?? '-',
      job.state,
      job.failure?.message.split('\n')[0] ?? '',
    ])
    context.out.table([['JOB', 'NODE', 'STATE', ''], ...rows])
    if (wait) for (const job of jobs) for (const line of await describe(job)) context.out.print(line)
  }
  const bad = wait ? jobs.filter(({ state }) => state !== 'succeeded') : []
  if (bad.length + refused.length === 0) return
  throw new AppError(
    'CLI_JOB_NOT_SUCCEEDED',
    [
      ...(bad.length === 0 ? [] : [`${bad.length} of ${jobs.length} jobs did not succeed`]),
      ...(refused.length === 0 ? [] : [`${refused.length} were refused`]),
    ].join('; '),
    'Read what one of them wrote: platen job log JOB',
  )
}

async function waitFor(jobs: readonly JobView[], api: OperatorApi, context: CommandContext): Promise<JobView[]> {
  const ended: JobView[] = []
  for (const { id, nodeName } of jobs) {
    const tell = ({ status, state }: JobView) =>
      context.out.progress({
        percent: (100 * ended.length + (state === 'running' ? status.percent : 0)) / jobs.length,
        text: `${nodeName ?? id}: ${state === 'running' ? `${status.majorState} ${status.minorState}` : state}`,
      })
    ended.push(await followJob(api, id, context, tell))
  }
  context.out.endProgress()
  return ended
}
