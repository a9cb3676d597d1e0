// The job list SERVER{BUILDTIME,BUILDNUMBER,LOGFILE,TITLE,JOBS{JOB ID{TITLE,CONFIGTYPE,INSTALLSCRIPT,IMAGESCRIPT,TIMEOUT}}}. Pure.
import { formatFieldTime, parseFieldTime } from './field-time.ts'
import { ElementReader } from './read-element.ts'
import { textElement, writeXml } from './write-xml.ts'
import { parseXml } from './xml-tree.ts'

export interface XmlJobList {
  /** ISO 8601, whole seconds. */
  readonly buildTime?: string | undefined
  readonly buildNumber?: string | undefined
  readonly logFile?: string | undefined
  readonly title?: string | undefined
  readonly jobs: readonly XmlJob[]
}

export interface XmlJob {
  readonly id: string
  readonly title?: string | undefined
  readonly configType?: string | undefined
  readonly installScript?: string | undefined
  readonly imageScript?: string | undefined
  /** Seconds from being taken to being complete. */
  readonly timeoutSeconds?: number | undefined
}

/** A job with the lines that it was read from, to say where something is wrong. */
export interface ReadJob extends XmlJob {
  readonly line: number
  readonly lineOf: Readonly<Record<'configType' | 'installScript' | 'imageScript' | 'timeout', number>>
}

export type ReadJobList = Omit<XmlJobList, 'jobs'> & { readonly jobs: readonly ReadJob[] }

const MOST_TIMEOUT_SECONDS = 30 * 86_400

/** `where` names the file in what is thrown. */
export function readJobList(text: string, where: string): ReadJobList {
  const server = new ElementReader(parseXml(text, where), where).expect('SERVER')
  const buildTime = server.text('BUILDTIME')
  const parsedTime = buildTime === undefined ? undefined : parseFieldTime(buildTime)
  if (buildTime !== undefined && parsedTime === undefined)
    throw server.at('BUILDTIME').wrong(`BUILDTIME is "${buildTime}", not a time like 20021016:18:01:00`)
  const jobs = server.list('JOBS', 'JOB').map(readJob)
  const seen = new Map<string, number>()
  server.list('JOBS', 'JOB').forEach((element, index) => {
    const { id, line } = jobs[index]!
    const first = seen.get(id)
    if (first !== undefined) throw element.wrong(`the job ${id} is in the list twice; it was in line ${first} before`)
    seen.set(id, line)
  })
  return {
    buildTime: parsedTime,
    buildNumber: server.text('BUILDNUMBER'),
    logFile: server.text('LOGFILE'),
    title: server.text('TITLE'),
    jobs,
  }
}

export function writeJobList({ buildTime, buildNumber, logFile, title, jobs }: XmlJobList): string {
  return writeXml({
    name: 'SERVER',
    inside: [
      ...textElement('BUILDTIME', buildTime === undefined ? undefined : formatFieldTime(buildTime)),
      ...textElement('BUILDNUMBER', buildNumber),
      ...textElement('LOGFILE', logFile),
      ...textElement('TITLE', title),
      { name: 'JOBS', inside: jobs.map(jobElement) },
    ],
  })
}

function jobElement({ id, title, configType, installScript, imageScript, timeoutSeconds }: XmlJob) {
  return {
    name: 'JOB',
    attributes: { ID: id },
    inside: [
      ...textElement('TITLE', title),
      ...textElement('CONFIGTYPE', configType),
      ...textElement('INSTALLSCRIPT', installScript),
      ...textElement('IMAGESCRIPT', imageScript),
      ...textElement('TIMEOUT', timeoutSeconds),
    ],
  }
}

function readJob(job: ElementReader): ReadJob {
  const line = (name: string) => job.at(name).element.line
  return {
    id: job.required('ID'),
    title: job.text('TITLE'),
    configType: job.text('CONFIGTYPE'),
    installScript: job.text('INSTALLSCRIPT'),
    imageScript: job.text('IMAGESCRIPT'),
    timeoutSeconds: job.wholeNumber('TIMEOUT', 1, MOST_TIMEOUT_SECONDS),
    line: job.element.line,
    lineOf: {
      configType: line('CONFIGTYPE'),
      installScript: line('INSTALLSCRIPT'),
      imageScript: line('IMAGESCRIPT'),
      timeout: line('TIMEOUT'),
    },
  }
}
