// Who asks under the operator API: the operator token, a token, a login. Joins users, their logins, tokens, and the patience with wrong tries.
import { timingSafeEqual } from 'node:crypto'
import { AppError } from '../contract/errors.ts'
import type {
  FirstAdmin,
  Login,
  PasswordChange,
  SecondFactorCodes,
  SecondFactorStart,
  UserChange,
  UserView,
} from '../contract/people.ts'
import type { Clock, Log, State } from '../store/index.ts'
import type { Caller, Shown } from './caller.ts'
import { FailedTries } from './failed-tries.ts'
import { FirstAdminCode } from './first-admin.ts'
import { type GivenLogin, type LoginRecord, Logins } from './logins.ts'
import { Passwords } from './passwords.ts'
import { SecondFactors } from './second-factors.ts'
import { type TokenRecord, Tokens } from './tokens.ts'
import { type UserRecord, Users } from './users.ts'

interface PeopleDeps {
  readonly state: State
  readonly clock: Clock
  readonly log: Log
  readonly operatorToken: string
}

export class People {
  readonly users: Users
  readonly logins: Logins
  readonly tokens: Tokens
  readonly #secondFactors: SecondFactors
  readonly #tries: FailedTries
  readonly #operatorToken: string
  readonly #firstAdmin: FirstAdminCode | undefined

  private constructor(parts: { users: Users; logins: Logins; tokens: Tokens }, { clock, log, operatorToken }: PeopleDeps) {
    this.users = parts.users
    this.logins = parts.logins
    this.tokens = parts.tokens
    this.#secondFactors = new SecondFactors(this.users, clock)
    this.#tries = new FailedTries(clock)
    this.#operatorToken = operatorToken
    this.#firstAdmin = this.users.count === 0 ? new FirstAdminCode() : undefined
    const code = this.#firstAdmin?.code
    if (code !== undefined)
      log.info({ firstAdminCode: code }, `no users yet; make the first admin: platen user first NAME, with the code ${code}`)
  }

  static async open(deps: PeopleDeps): Promise<People> {
    const { state, clock } = deps
    const users = new Users(await state.collection<UserRecord>('users'), new Passwords(), clock)
    const logins = new Logins(await state.collection<LoginRecord>('logins'), clock)
    const tokens = new Tokens(await state.collection<TokenRecord>('tokens'), clock)
    return new People({ users, logins, tokens }, deps)
  }

  /** undefined: nobody that is known here. */
  callerOf({ secret, session }: Shown): Caller | undefined {
    // A secret in the header says who asks, whatever a browser sends beside it.
    if (secret === '') return this.#userOf(session, 'cookie')
    if (isSame(secret, this.#operatorToken)) return { name: 'operator-token', role: 'admin', by: 'operator-token' }
    const token = this.tokens.find(secret)
    if (token !== undefined) return { ...token, by: 'token' }
    return this.#userOf(secret, 'token')
  }

  /** Throws LOGIN_REFUSED, LOGIN_CODE_NEEDED, LOGIN_LOCKED. */
  async login({ name, password, code, keep = 'cookie' }: Login, address: string): Promise<{ caller: Caller; given: GivenLogin }> {
    await this.#prove(name, password, address, () => this.#secondFactors.prove(name, code))
    await this.users.noteLogin(name)
    const given = await this.logins.begin(name, keep)
    return {
      caller: this.callerOf(keep === 'cookie' ? { secret: '', session: given.secret } : { secret: given.secret, session: '' })!,
      given,
    }
  }

  /** Throws FIRST_ADMIN_REFUSED, LOGIN_LOCKED. */
  async addFirstAdmin(first: FirstAdmin, address: string): Promise<UserView> {
    const right = this.#tries.begin(address, 'the first admin')
    if (this.#firstAdmin === undefined || this.users.count > 0)
      throw new AppError('FIRST_ADMIN_REFUSED', 'this appliance has users', 'Ask one of its admins: platen user add')
    const code = this.#firstAdmin.code
    this.#firstAdmin.use(first.code)
    right()
    try {
      return await this.users.add({ ...first, role: 'admin' })
    } catch (error) {
      this.#firstAdmin.giveBack(code!)
      throw error
    }
  }

  /** Whatever somebody knows of the user before is worth nothing afterwards. */
  async changeUser(name: string, change: UserChange): Promise<UserView> {
    const view = await this.users.change(name, change)
    await this.logins.endAllOf(name)
    return view
  }

  /** secret: of the login that asks, which goes on. */
  async changeOwnPassword(name: string, change: PasswordChange, address: string, secret: string): Promise<void> {
    await this.#prove(name, change.old, address)
    await this.users.change(name, { password: change.new })
    await this.logins.endAllOf(name, secret)
  }

  async removeUser(name: string): Promise<void> {
    await this.users.remove(name)
    await this.logins.endAllOf(name)
  }

  async beginSecondFactor(name: string, password: string, address: string): Promise<SecondFactorStart> {
    await this.#prove(name, password, address)
    return this.#secondFactors.begin(name)
  }

  async confirmSecondFactor(name: string, code: string, address: string): Promise<SecondFactorCodes> {
    const right = this.#tries.begin(address, name)
    const codes = await this.#secondFactors.confirm(name, code)
    right()
    return codes
  }

  async removeSecondFactor(name: string, password: string, code: string, address: string): Promise<void> {
    await this.#prove(name, password, address, () => this.#secondFactors.prove(name, code))
    await this.users.change(name, { removeSecondFactor: true })
  }

  /** more: what has to be so as well, looked at when the password is right. */
  async #prove(name: string, password: string, address: string, more = async () => true): Promise<void> {
    const right = this.#tries.begin(address, name)
    if (!((await this.users.isPassword(name, password)) && (await more())))
      throw new AppError(
        'LOGIN_REFUSED',
        'name, password or code is wrong',
        'Type them again; an admin can set a new one: platen user change',
      )
    right()
  }

  #userOf(secret: string, kind: LoginRecord['kind']): Caller | undefined {
    const name = this.logins.userOf(secret, kind)
    const rights = name === undefined ? undefined : this.users.rightsOf(name)
    return name === undefined || rights === undefined ? undefined : { name, ...rights, by: 'login' }
  }
}

/** In constant time. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b)
}
