// What central asks of a site for a person: checked that it is central's, for this site, in time and once; then asked of the site's own API with the
// person's role. The answer goes back by a request of the site.
import type { RelayAnswer, Relayed } from '../../../contract/central/follow.ts'
import { AppError } from '../../../contract/errors.ts'
import { PROBLEM_TYPE, problemOf } from '../../../contract/problem.ts'
import { type Clock, instantOf } from '../../../store/index.ts'
import type { OwnApiPort } from '../ports.ts'

const MOST_ANSWER_BYTES = 8 * 1024 * 1024
const KEPT_IDS = 10_000

export class Orders {
  readonly #ownApi: OwnApiPort
  readonly #clock: Clock
  readonly #done = new Set<string>()

  constructor(ownApi: OwnApiPort, clock: Clock) {
    this.#ownApi = ownApi
    this.#clock = clock
  }

  /** Whether it is the first time that this order comes: one that somebody plays again is nothing. */
  isNew(id: string): boolean {
    if (this.#done.has(id)) return false
    if (this.#done.size >= KEPT_IDS) this.#done.delete(this.#done.values().next().value!)
    this.#done.add(id)
    return true
  }

  async answer({ method, path, body, person, until }: Relayed): Promise<RelayAnswer> {
    // By the clocks of both: one that is wrong by hours costs orders, never more.
    if (Date.parse(until) < this.#clock.now() - SLACK_MS) return failed(tooLate(until, this.#clock.now()))
    const answer = await this.#ownApi.ask({ method, path, ...(body === undefined ? {} : { body }), person })
    if (answer.body.length > MOST_ANSWER_BYTES) return failed(tooLarge(answer.body.length))
    return { status: answer.status, contentType: answer.contentType, body: Buffer.from(answer.body).toString('base64') }
  }
}

const SLACK_MS = 15 * 60_000

export function failed(error: AppError): RelayAnswer {
  const problem = problemOf(error)
  return { status: problem.status, contentType: PROBLEM_TYPE, body: Buffer.from(JSON.stringify(problem)).toString('base64') }
}

function tooLarge(length: number): AppError {
  return new AppError(
    'SITE_ANSWER_TOO_LARGE',
    `the site's answer has ${length} bytes, and ${MOST_ANSWER_BYTES} are the most that go through central`,
    'Ask the site itself: --url.',
  )
}

function tooLate(until: string, now: number): AppError {
  return new AppError(
    'SITE_CLOCK_DIFFERS',
    `the request was good until ${until}, and at the site it is ${instantOf(now)}`,
    'Ask again. If it stays, set the clocks of both by NTP.',
  )
}
