// Posts jobs by the clock: once, or again and again. One at a time: while the last job of a schedule has not ended, a turn is skipped.
import { AppError } from '../../contract/errors.ts'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { Schedule, ScheduleView } from '../../contract/schedules.ts'
import { type Clock, instantOf, JumpWatch, type Log, type RecordStore } from '../../store/index.ts'
import { parseCron } from './cron.ts'

export interface ScheduleRecord extends Schedule {
  readonly id: string
  /** null: it will not post again. */
  readonly nextAtMs: number | null
  readonly lastJobId?: string
  readonly lastFailure?: string
}

interface SchedulesDeps {
  readonly store: RecordStore<ScheduleRecord>
  readonly clock: Clock
  readonly log: Log
  readonly post: (request: JobRequest, by: string) => Promise<JobView>
  readonly isEnded: (jobId: string) => boolean
}

const LOOK_MS = 1000

export class Schedules {
  readonly #deps: SchedulesDeps
  readonly #jumps: JumpWatch
  #callOff: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: SchedulesDeps) {
    this.#deps = deps
    this.#jumps = new JumpWatch(deps.clock)
  }

  start(): void {
    this.#callOff = this.#deps.clock.after(LOOK_MS, () => {
      this.#looking = this.#looking
        .then(() => this.look())
        .catch((error: unknown) => this.#deps.log.error({ err: error }, 'schedules could not be looked at'))
      this.start()
    })
  }

  async stop(): Promise<void> {
    this.#callOff?.()
    await this.#looking
  }

  list(): readonly ScheduleView[] {
    return [...this.#deps.store.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(view)
  }

  async set(name: string, schedule: Schedule): Promise<ScheduleView> {
    const record = { ...schedule, id: name, nextAtMs: this.#firstRun(schedule) }
    await this.#deps.store.put(record)
    return view(record)
  }

  show(name: string): ScheduleView {
    return view(this.#find(name))
  }

  /** When one that comes from elsewhere posts first; null: its time is over, or it never comes. */
  nextTurnOf(schedule: Schedule): number | null {
    const now = this.#deps.clock.now()
    if (schedule.at === undefined) return nextTurn(schedule, now)
    const at = Date.parse(schedule.at)
    return at > now ? at : null
  }

  async remove(name: string): Promise<void> {
    await this.#deps.store.remove(this.#find(name).id)
  }

  #find(name: string): ScheduleRecord {
    const record = this.#deps.store.get(name)
    if (record !== undefined) return record
    throw new AppError('SCHEDULE_NOT_FOUND', `there is no schedule ${name}`, 'List them: platen schedule list.')
  }

  /** Posts what is due. The next turn is on disk first: after a crash one is missed rather than posted twice. */
  async look(): Promise<void> {
    const { store, clock } = this.#deps
    if (this.#jumps.jumpedMs() !== 0) await this.#planAnew()
    const now = clock.now()
    for (const record of [...store.values()]) {
      if (record.nextAtMs === null || record.nextAtMs > now) continue
      const nextAtMs = nextTurn(record, now)
      await store.put({ ...record, nextAtMs })
      await this.#post({ ...record, nextAtMs })
    }
  }

  /** Somebody set the clock: turns that lie between the old time and the new one neither come all at once nor years later. */
  async #planAnew(): Promise<void> {
    const { store, clock, log } = this.#deps
    log.warn({ now: instantOf(clock.now()) }, 'the clock of this machine was set: the next turns of schedules are computed anew')
    for (const record of [...store.values()]) {
      if (record.cron === undefined || record.nextAtMs === null) continue
      await store.put({ ...record, nextAtMs: nextTurn(record, clock.now()) })
    }
  }

  async #post(record: ScheduleRecord): Promise<void> {
    const { store, post, isEnded, log } = this.#deps
    const { lastFailure: _old, ...rest } = record
    if (record.lastJobId !== undefined && !isEnded(record.lastJobId)) {
      await store.put({ ...rest, lastFailure: `skipped: job ${record.lastJobId} has not ended` })
      return
    }
    try {
      const { id } = await post({ ...record.job, title: record.job.title ?? `schedule ${record.id}` }, `schedule ${record.id}`)
      await store.put({ ...rest, lastJobId: id })
    } catch (error) {
      const lastFailure = error instanceof Error ? error.message : String(error)
      log.warn({ schedule: record.id, reason: lastFailure }, 'a scheduled job could not be posted')
      await store.put({ ...rest, lastFailure })
    }
  }

  #firstRun({ cron, at, timeZone }: Schedule): number | null {
    if ((cron === undefined) === (at === undefined)) throw invalid('a schedule needs either cron or at')
    if (at !== undefined) return Date.parse(at)
    const parsed = parseCron(cron!, timeZone)
    if (parsed.kind === 'bad') throw invalid(parsed.reason)
    const first = parsed.nextRun(this.#deps.clock.now())
    if (first === undefined) throw invalid(`"${cron}" never comes`)
    return first
  }
}

/** null: there is none. */
function nextTurn({ cron, timeZone }: Schedule, afterMs: number): number | null {
  const parsed = cron === undefined ? undefined : parseCron(cron, timeZone)
  return parsed?.kind === 'good' ? (parsed.nextRun(afterMs) ?? null) : null
}

function view({ id, nextAtMs, ...rest }: ScheduleRecord): ScheduleView {
  return { name: id, ...rest, ...(nextAtMs === null ? {} : { nextAt: instantOf(nextAtMs) }) }
}

function invalid(message: string): AppError {
  return new AppError(
    'SCHEDULE_INVALID',
    message,
    'For example: "30 2 * * 1-5" is half past two in the morning from Monday to Friday, in UTC or in the time zone that is given.',
  )
}
