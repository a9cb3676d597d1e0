// The code by which the first admin of an appliance comes to be: told in its log while there are no users, good for one use, never kept.
import { randomInt, timingSafeEqual } from 'node:crypto'
import { AppError } from '../contract/errors.ts'

/** Without letters that are read as another one (Crockford's base 32): 60 bits. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUPS = 3
const GROUP_LETTERS = 4
const MOST_WRONG = 10

export class FirstAdminCode {
  #code: string | undefined = newCode()
  #wrong = 0

  /** undefined: used, or guessed at too often. */
  get code(): string | undefined {
    return this.#code
  }

  /** Throws FIRST_ADMIN_REFUSED; small letters and lacking lines are no fault. */
  use(given: string): void {
    const code = this.#code
    if (code === undefined) throw refused('there is no code for a first admin', RESTART)
    if (isSame(plain(given), plain(code))) {
      this.#code = undefined
      return
    }
    this.#wrong++
    if (this.#wrong >= MOST_WRONG) this.#code = undefined
    throw refused('the code is wrong', this.#code === undefined ? RESTART : 'It stands in the log of the appliance.')
  }

  /** No admin came of it. */
  giveBack(code: string): void {
    this.#code = code
  }
}

const RESTART = 'The next start of an appliance without users tells a new one; or ask one of its admins: platen user add'

function newCode(): string {
  const group = () => Array.from({ length: GROUP_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return Array.from({ length: GROUPS }, group).join('-')
}

const plain = (code: string): string => code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')

function isSame(given: string, code: string): boolean {
  return given.length === code.length && timingSafeEqual(Buffer.from(given), Buffer.from(code))
}

function refused(message: string, hint: string): AppError {
  return new AppError('FIRST_ADMIN_REFUSED', message, hint)
}
