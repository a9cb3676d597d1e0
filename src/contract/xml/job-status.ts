// The status JOBSTATUS{CLIENTID,TIMESTART,TIMECOMPLETE,CLIENTSTATUS{MAJORSTATE,MINORSTATE,PERCENT,TIMELEFT}} of one job. Pure.
import type { JobState } from '../job.ts'
import { formatFieldTime } from './field-time.ts'
import { ElementReader } from './read-element.ts'
import { textElement, writeXml } from './write-xml.ts'
import { parseXml } from './xml-tree.ts'

export interface XmlJobStatus {
  readonly clientId?: string | undefined
  readonly startedAt?: string | undefined
  readonly completedAt?: string | undefined
  readonly state: JobState
  readonly minorState: string
  /** 0 to 100; only while it runs. */
  readonly percent?: number | undefined
  readonly secondsLeft?: number | undefined
}

/** The words of the older system; it has none for a job that waits or ended badly. */
const MAJOR_STATES = {
  queued: 'QUEUED',
  running: 'INPROGRESS',
  succeeded: 'FINISHED',
  failed: 'FAILED',
  'timed-out': 'TIMEDOUT',
  cancelled: 'CANCELLED',
} as const satisfies Record<JobState, string>

/** What is not known yet is left out. */
export function writeJobStatus(status: XmlJobStatus): string {
  const { clientId, startedAt, completedAt, state, minorState, percent, secondsLeft } = status
  return writeXml({
    name: 'JOBSTATUS',
    inside: [
      ...textElement('CLIENTID', clientId),
      ...textElement('TIMESTART', startedAt === undefined ? undefined : formatFieldTime(startedAt)),
      ...textElement('TIMECOMPLETE', completedAt === undefined ? undefined : formatFieldTime(completedAt)),
      {
        name: 'CLIENTSTATUS',
        inside: [
          ...textElement('MAJORSTATE', MAJOR_STATES[state]),
          ...textElement('MINORSTATE', minorState),
          ...textElement('PERCENT', percent === undefined ? undefined : Math.floor(percent)),
          ...textElement('TIMELEFT', secondsLeft),
        ],
      },
    ],
  })
}

/** What a worker says of its job. */
export interface WorkerStatus {
  readonly clientId: string
  readonly majorState: 'INPROGRESS' | 'FINISHED' | 'FAILED'
  readonly minorState: string
  readonly percent?: number
  readonly secondsLeft?: number
}

const MOST_SECONDS_LEFT = 30 * 86_400
const CLIENT_CHARACTERS = 100
const MINOR_CHARACTERS = 200

/** `where` names the document in what is thrown. The times of it are not read: the appliance keeps its own. */
export function readWorkerStatus(text: string, where: string): WorkerStatus {
  const job = new ElementReader(parseXml(text, where), where).expect('JOBSTATUS')
  const status = job.at('CLIENTSTATUS')
  const percent = percentOf(status)
  const secondsLeft = secondsLeftOf(status)
  return {
    clientId: clientIdOf(job),
    majorState: majorStateOf(status),
    minorState: (status.text('MINORSTATE') ?? '').slice(0, MINOR_CHARACTERS),
    ...(percent === undefined ? {} : { percent }),
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
  }
}

function clientIdOf(job: ElementReader): string {
  const clientId = job.required('CLIENTID')
  if (clientId.length <= CLIENT_CHARACTERS && !/[\p{Cc}/]/u.test(clientId)) return clientId
  throw job.at('CLIENTID').wrong(`CLIENTID is a name of 1 to ${CLIENT_CHARACTERS} characters without a slash`)
}

/** Left out: it has just begun. Other words than these were steps of the older system: the job runs. */
function majorStateOf(status: ElementReader): WorkerStatus['majorState'] {
  const said = (status.text('MAJORSTATE') ?? '').toUpperCase()
  return said === 'FINISHED' || said === 'FAILED' ? said : 'INPROGRESS'
}

function percentOf(status: ElementReader): number | undefined {
  const text = status.text('PERCENT')
  if (text === undefined) return undefined
  const percent = /^\d{1,3}(\.\d{1,6})? ?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (percent <= 100) return percent
  throw status.at('PERCENT').wrong(`PERCENT is "${text}", not a number from 0 to 100`)
}

/** 750 seconds, or 0:12:30. */
function secondsLeftOf(status: ElementReader): number | undefined {
  const [, hours, minutes, seconds] = /^(\d{1,3}):([0-5]\d):([0-5]\d)$/.exec(status.text('TIMELEFT') ?? '') ?? []
  if (hours === undefined) return status.wholeNumber('TIMELEFT', 0, MOST_SECONDS_LEFT)
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}
