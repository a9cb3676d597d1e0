// What `platen top` shows: the machines in numbers, the jobs at work with their bars, the queue, and what needs a person. Pure.
import type { Finding } from '../contract/doctor.ts'
import type { JobView } from '../contract/job.ts'
import type { NodeView } from '../contract/operator-api.ts'
import { formatAgo, formatSeconds } from './format.ts'
import { isEnded, subjectOf } from './job-words.ts'
import { table } from './table.ts'

export interface Fleet {
  readonly nodes: readonly NodeView[]
  readonly jobs: readonly JobView[]
  readonly findings: readonly Finding[]
}

export interface ScreenSize {
  readonly columns: number
  /** undefined: as many lines as it takes. */
  readonly rows: number | undefined
}

const BAR_COLUMNS = 16
const ENDED_SHOWN = 5

/** Lines, none longer than the screen is wide and none below its end. */
export function topScreen(
  { nodes, jobs, findings }: Fleet,
  title: string,
  { columns, rows }: ScreenSize,
  now: number,
): readonly string[] {
  const running = jobs.filter(({ state }) => state === 'running')
  const queued = jobs.filter(({ state }) => state === 'queued')
  const ended = jobs.filter(isEnded).slice(0, ENDED_SHOWN)
  const wrong = findings.filter(({ severity }) => severity !== 'good')
  const parts = [
    [title, nodesLine(nodes), `jobs: ${running.length} at work, ${queued.length} queued`],
    section('AT WORK', running.map(runningRow), columns),
    section('NEEDS YOU', [...waitingNodes(nodes, now), ...wrong.map(({ subject, seen }) => [subject, seen])], columns),
    section('QUEUE', queued.map(queuedRow), columns),
    section(
      'ENDED',
      ended.map((job) => endedRow(job, now)),
      columns,
    ),
  ]
  const lines = parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : ['', ...part]))
  return fitted(lines, rows).map((line) => line.slice(0, columns))
}

function nodesLine(nodes: readonly NodeView[]): string {
  const count = (is: (node: NodeView) => boolean) => nodes.filter(is).length
  const facts: readonly (readonly [number, string])[] = [
    [count(({ runningJobId }) => runningJobId !== undefined), 'at work'],
    [count(({ runningJobId, presence }) => runningJobId === undefined && presence === 'boot-os'), 'in the boot OS'],
    [count(({ state }) => state === 'discovered'), 'not approved'],
    [count(({ state }) => state === 'held'), 'held'],
  ]
  const words = facts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return `nodes: ${[nodes.length, ...words].join(', ')}`
}

function section(heading: string, rows: readonly (readonly string[])[], columns: number): readonly string[] {
  return rows.length === 0 ? [] : [heading, ...table(rows, { width: columns }).split('\n')]
}

function runningRow({ nodeName, request, status }: JobView): readonly string[] {
  const { percent, majorState, minorState, secondsLeft } = status
  const filled = Math.round((Math.min(100, Math.max(0, percent)) / 100) * BAR_COLUMNS)
  const left = secondsLeft === undefined ? '' : `${formatSeconds(secondsLeft)} left`
  return [
    nodeName ?? '-',
    `${'#'.repeat(filled)}${'.'.repeat(BAR_COLUMNS - filled)} ${String(Math.floor(percent)).padStart(3)} %`,
    `${request.kind} ${subjectOf(request)}`,
    left,
    [majorState, minorState].filter((word) => word !== '').join(': '),
  ]
}

function waitingNodes(nodes: readonly NodeView[], now: number): readonly (readonly string[])[] {
  return nodes.flatMap(({ name, state, holdReason, firstSeenAt }) => {
    if (state === 'discovered') return [[name, `waits for approval, seen first ${formatAgo(firstSeenAt, now)}`]]
    return state === 'held' ? [[name, `held: ${holdReason ?? 'no reason given'}`]] : []
  })
}

function queuedRow({ id, request, nodeName, notOffered }: JobView): readonly string[] {
  const node = nodeName ?? request.node ?? 'any'
  return [node, `${request.kind} ${subjectOf(request)}`, notOffered ?? 'waits for its machine', id]
}

function endedRow({ state, nodeName, request, status, failure }: JobView, now: number): readonly string[] {
  const ago = status.completedAt === undefined ? '' : formatAgo(status.completedAt, now)
  return [nodeName ?? '-', state, `${request.kind} ${subjectOf(request)}`, ago, failure?.code ?? '']
}

/** What does not fit is counted, not cut off unsaid. */
function fitted(lines: readonly string[], rows: number | undefined): readonly string[] {
  if (rows === undefined || lines.length <= rows) return lines
  const shown = Math.max(1, rows - 1)
  return [...lines.slice(0, shown), `… ${lines.length - shown} more lines`]
}
