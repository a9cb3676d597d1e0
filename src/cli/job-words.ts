// How commands speak of a job. Pure.
import type { Flow, JobRequest, JobView } from '../contract/job.ts'
import type { ProgressUpdate } from './command.ts'
import { formatBytes, formatSeconds } from './format.ts'
import { personaliseText } from './personalise-words.ts'
import { table } from './table.ts'

/** What the job is about: a profile, or an image and its version. */
export function subjectOf({ profile, image, version, run, disk, kind }: JobRequest): string {
  if (run !== undefined) return run.files.flatMap(({ path, isScript }) => (isScript ? [path] : [])).join(' ')
  if (kind === 'wipe') return disk?.serial ?? disk?.wwn ?? disk?.byPath ?? '-'
  if (profile !== undefined) return profile
  return [image ?? '-', version].filter((word) => word !== undefined).join(' ')
}

export const isEnded = ({ state }: JobView): boolean => state !== 'queued' && state !== 'running'

export function progressOf({ state, status, nodeName, notOffered }: JobView): ProgressUpdate {
  if (state === 'queued')
    return { percent: undefined, text: `queued: ${notOffered ?? 'waits for its machine to boot over the network'}` }
  const flow = status.flow === undefined ? undefined : flowWords(status.flow)
  const text = [nodeName, status.majorState, status.minorState, flow]
    .filter((word) => word !== undefined && word !== '')
    .join(': ')
  return { percent: status.percent, text, secondsLeft: status.secondsLeft }
}

export function describeJob(job: JobView): string {
  const { request, status, failure } = job
  const lines = [
    table([
      ['job', job.id],
      ['state', job.state],
      ['kind', request.kind],
      ['what', subjectOf(request)],
      ['node', job.nodeName ?? request.node ?? 'any that fits'],
      ...(job.personalise === undefined ? [] : [['copy gets', personaliseText(job.personalise)]]),
      ['attempt', `${job.attempt} of ${request.maxAttempts}`],
      ['queued', job.queuedAt],
      ['started', status.startedAt ?? '-'],
      ['completed', status.completedAt ?? '-'],
      ...(job.notOffered === undefined ? [] : [['waits', job.notOffered]]),
      ['does', `${status.majorState} ${Math.floor(status.percent)} % ${status.minorState}`.trim()],
      ...(status.flow === undefined ? [] : [['moves', flowWords(status.flow)]]),
      ...(status.secondsLeft === undefined ? [] : [['left', formatSeconds(status.secondsLeft)]]),
    ]),
  ]
  if (job.results.length > 0) lines.push('', resultTable(job))
  if (failure !== undefined) lines.push('', `${failure.code}: ${failure.message}`, failure.hint)
  return lines.join('\n')
}

/** "disk 212 MB/s, network 61 MB/s, processor 88 %; the processor is the wall" */
function flowWords({ wall, diskBytesPerSecond, networkBytesPerSecond, processorPercent }: Flow): string {
  const speed = (bytesPerSecond: number) => `${Math.round(bytesPerSecond / 1e6)} MB/s`
  const parts = `disk ${speed(diskBytesPerSecond)}, network ${speed(networkBytesPerSecond)}, processor ${processorPercent} %`
  return `${parts}; the ${wall} is the wall`
}

function resultTable({ results }: JobView): string {
  const size = (bytes: number | undefined) => (bytes === undefined ? '-' : formatBytes(bytes))
  const rows = results.map(({ kind, seconds, transfer, imageVersion, contentDigest }) => [
    kind,
    `${seconds.toFixed(1)} s`,
    size(transfer.bytesRead),
    size(transfer.bytesSent),
    size(transfer.bytesReceived),
    size(transfer.bytesWritten),
    [imageVersion === undefined ? '' : `version ${imageVersion}`, contentDigest?.slice(0, 16) ?? ''].join(' ').trim(),
  ])
  return table([['STEP', 'TIME', 'READ', 'SENT', 'RECEIVED', 'WRITTEN', 'RESULT'], ...rows], { right: [1, 2, 3, 4, 5] })
}
