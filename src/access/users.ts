// People: names, roles, passwords as they are kept.
import { AppError } from '../contract/errors.ts'
import type { FirstAdmin, NewUser, Role, Scope, UserChange, UserView } from '../contract/people.ts'
import { type Clock, instantOf, type RecordStore } from '../store/index.ts'
import { scopeOf } from './caller.ts'
import type { Passwords } from './passwords.ts'

/** An authenticator app, and codes on paper. */
export interface SecondFactor {
  /** What the app has, in base 32: it has to be known to check a code. */
  readonly secret: string
  /** Codes of this step of the time and before are used up. */
  readonly usedStep: number
  /** SHA-256 of the codes on paper that are left. */
  readonly paper: readonly string[]
}

export interface UserRecord {
  /** The name. */
  readonly id: string
  readonly role: Role
  readonly scope?: Scope
  readonly password: string
  readonly addedAt: string
  readonly lastLoginAt?: string
  readonly secondFactor?: SecondFactor
}

export class Users {
  readonly #store: RecordStore<UserRecord>
  readonly #passwords: Passwords
  readonly #clock: Clock

  constructor(store: RecordStore<UserRecord>, passwords: Passwords, clock: Clock) {
    this.#store = store
    this.#passwords = passwords
    this.#clock = clock
  }

  get count(): number {
    return this.#store.size
  }

  list(): readonly UserView[] {
    return [...this.#store.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(viewOf)
  }

  /** What somebody of this name may do, and with which machines. */
  rightsOf(name: string): Pick<UserView, 'role' | 'scope'> | undefined {
    const record = this.#store.get(name)
    return record === undefined ? undefined : { role: record.role, ...scopeOf(record.scope) }
  }

  async add({ name, role, password, ...rest }: NewUser | (FirstAdmin & { role: Role })): Promise<UserView> {
    this.#refuseTaken(name)
    const kept = await this.#passwords.hash(password)
    // Hashing takes a while: somebody else may have had the same idea.
    this.#refuseTaken(name)
    const scope = scopeOf('scope' in rest ? rest.scope : undefined)
    return this.#put({ id: name, role, ...scope, password: kept, addedAt: instantOf(this.#clock.now()) })
  }

  async change(name: string, { role, password, scope, removeSecondFactor }: UserChange): Promise<UserView> {
    this.#existing(name)
    const kept = password === undefined ? undefined : await this.#passwords.hash(password)
    const { scope: before, secondFactor, ...record } = this.#existing(name)
    return this.#put({
      ...record,
      ...scopeOf(scope === undefined ? before : (scope ?? undefined)),
      ...(secondFactor === undefined || removeSecondFactor === true ? {} : { secondFactor }),
      ...(role === undefined ? {} : { role }),
      ...(kept === undefined ? {} : { password: kept }),
    })
  }

  async remove(name: string): Promise<void> {
    this.#existing(name)
    await this.#store.remove(name)
  }

  /** Takes the same time for a name that nobody has. */
  async isPassword(name: string, password: string): Promise<boolean> {
    return await this.#passwords.check(password, this.#store.get(name)?.password)
  }

  secondFactorOf(name: string): SecondFactor | undefined {
    return this.#store.get(name)?.secondFactor
  }

  async setSecondFactor(name: string, secondFactor: SecondFactor): Promise<void> {
    await this.#store.put({ ...this.#existing(name), secondFactor })
  }

  async noteLogin(name: string): Promise<void> {
    const record = this.#store.get(name)
    if (record !== undefined) await this.#store.put({ ...record, lastLoginAt: instantOf(this.#clock.now()) })
  }

  async #put(record: UserRecord): Promise<UserView> {
    await this.#store.put(record)
    return viewOf(record)
  }

  #existing(name: string): UserRecord {
    const record = this.#store.get(name)
    if (record !== undefined) return record
    throw new AppError('USER_NOT_FOUND', `there is no user ${name}`, 'List them with `platen user list`.')
  }

  #refuseTaken(name: string): void {
    if (this.#store.get(name) === undefined) return
    const hint = `Take another name, or change that user with \`platen user change ${name}\`.`
    throw new AppError('USER_NAME_TAKEN', `there is a user ${name} already`, hint)
  }
}

function viewOf({ id, role, scope, addedAt, lastLoginAt, secondFactor }: UserRecord): UserView {
  return {
    name: id,
    role,
    ...scopeOf(scope),
    hasSecondFactor: secondFactor !== undefined,
    addedAt,
    ...(lastLoginAt === undefined ? {} : { lastLoginAt }),
  }
}
