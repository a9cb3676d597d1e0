// The second factor of people: codes of an authenticator app, and a few codes on paper for when it is lost.
import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../contract/errors.ts'
import type { SecondFactorCodes, SecondFactorStart } from '../contract/people.ts'
import type { Clock } from '../store/index.ts'
import { fromBase32, otpauthUrl, stepOfCode, toBase32 } from './totp.ts'
import type { SecondFactor, Users } from './users.ts'

const SECRET_BYTES = 20
const PAPER_CODES = 10
const PAPER_CODE_BYTES = 10
/** So long somebody may take to bring the secret into the app. */
const BEGUN_FOR_MS = 10 * 60_000
const MOST_BEGUN = 1000

export class SecondFactors {
  readonly #users: Users
  readonly #clock: Clock
  /** By user: not in force before a code shows that the app has it. */
  readonly #begun = new Map<string, { readonly secret: string; readonly at: number }>()

  constructor(users: Users, clock: Clock) {
    this.#users = users
    this.#clock = clock
  }

  begin(name: string): SecondFactorStart {
    const secret = toBase32(randomBytes(SECRET_BYTES))
    this.#begun.delete(name)
    if (this.#begun.size >= MOST_BEGUN) this.#begun.delete(this.#begun.keys().next().value!)
    this.#begun.set(name, { secret, at: this.#clock.elapsed() })
    return { secret, url: otpauthUrl(secret, name) }
  }

  /** Throws SECOND_FACTOR_REFUSED. */
  async confirm(name: string, code: string): Promise<SecondFactorCodes> {
    const begun = this.#begun.get(name)
    if (begun === undefined || this.#clock.elapsed() - begun.at > BEGUN_FOR_MS) throw refused('no second factor was begun')
    const usedStep = stepOfCode(fromBase32(begun.secret), code, { nowMs: this.#clock.now(), usedStep: -1 })
    if (usedStep === undefined) throw refused('the code is wrong')
    this.#begun.delete(name)
    const paper = Array.from({ length: PAPER_CODES }, () => toBase32(randomBytes(PAPER_CODE_BYTES)).toLowerCase())
    await this.#users.setSecondFactor(name, { secret: begun.secret, usedStep, paper: paper.map(digestOf) })
    return { codes: paper }
  }

  /** Uses the code up. Throws LOGIN_CODE_NEEDED where none was shown. */
  async prove(name: string, code: string | undefined): Promise<boolean> {
    const factor = this.#users.secondFactorOf(name)
    if (factor === undefined) return true
    if (code === undefined)
      throw new AppError(
        'LOGIN_CODE_NEEDED',
        `${name} has a second factor`,
        'Send the code of the app as well, or one of the codes on paper.',
      )
    const after = afterUse(factor, code, this.#clock.now())
    if (after === undefined) return false
    await this.#users.setSecondFactor(name, after)
    return true
  }
}

/** What is left of the factor; undefined: the code is wrong. */
function afterUse(factor: SecondFactor, code: string, nowMs: number): SecondFactor | undefined {
  const usedStep = stepOfCode(fromBase32(factor.secret), code, { nowMs, usedStep: factor.usedStep })
  if (usedStep !== undefined) return { ...factor, usedStep }
  const digest = digestOf(code.trim().toLowerCase())
  return factor.paper.includes(digest) ? { ...factor, paper: factor.paper.filter((each) => each !== digest) } : undefined
}

/** Eighty random bits need nothing slower. */
const digestOf = (code: string): string => createHash('sha256').update(code).digest('hex')

function refused(message: string): AppError {
  return new AppError(
    'SECOND_FACTOR_REFUSED',
    message,
    'Begin again with `platen second-factor add`; the clocks of app and appliance have to agree.',
  )
}
