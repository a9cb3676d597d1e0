// Jobs that are posted by the clock. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { JobRequest } from './job.ts'
import { NamedList } from './lists.ts'
import { NamedObject } from './named.ts'
import { Instant, Name } from './values.ts'

/** PUT /schedules/:name makes or replaces one; DELETE /schedules/:name removes it. */
export const Schedule = NamedObject(
  'Schedule',
  {
    /** Minute, hour, day of the month, month, day of the week: "30 2 * * 1-5". */
    cron: Type.Optional(Type.String({ maxLength: 200 })),
    /** Where cron is read: a name of the IANA database, such as Europe/Paris. Left out: UTC. */
    timeZone: Type.Optional(Type.String({ maxLength: 64 })),
    /** Once, at this instant. */
    at: Type.Optional(Instant),
    job: JobRequest,
  },
  { additionalProperties: false },
)
export type Schedule = Static<typeof Schedule>

export const ScheduleView = NamedObject('ScheduleView', {
  name: Name,
  ...Schedule.properties,
  /** Left out: it will not post again. */
  nextAt: Type.Optional(Instant),
  lastJobId: Type.Optional(Type.String()),
  /** Why the last job could not be posted. */
  lastFailure: Type.Optional(Type.String()),
})
export type ScheduleView = Static<typeof ScheduleView>
export const ScheduleList = NamedList('ScheduleList', 'schedules', ScheduleView)
