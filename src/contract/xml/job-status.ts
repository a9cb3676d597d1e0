// The status JOBSTATUS{CLIENTID,TIMESTART,TIMECOMPLETE,CLIENTSTATUS{MAJORSTATE,MINORSTATE}} of one job. Pure.
import { formatFieldTime } from './field-time.ts'
import { textElement, writeXml } from './write-xml.ts'

export interface XmlJobStatus {
  readonly clientId?: string | undefined
  readonly startedAt?: string | undefined
  readonly completedAt?: string | undefined
  readonly majorState: string
  readonly minorState: string
}

/** What is not known yet is left out. */
export function writeJobStatus({ clientId, startedAt, completedAt, majorState, minorState }: XmlJobStatus): string {
  return writeXml({
    name: 'JOBSTATUS',
    inside: [
      ...textElement('CLIENTID', clientId),
      ...textElement('TIMESTART', startedAt === undefined ? undefined : formatFieldTime(startedAt)),
      ...textElement('TIMECOMPLETE', completedAt === undefined ? undefined : formatFieldTime(completedAt)),
      { name: 'CLIENTSTATUS', inside: [...textElement('MAJORSTATE', majorState), ...textElement('MINORSTATE', minorState)] },
    ],
  })
}
