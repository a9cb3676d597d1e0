// Credentials by which agents that other appliances booted may come here. Only digests are kept: a secret is told once, when it is made.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AddedAgentCredential, AgentCredentialView } from '../contract/appliances.ts'
import { AppError } from '../contract/errors.ts'
import type { RecordStore } from '../store/index.ts'
import { type Clock, instantOf } from '../store/index.ts'

export interface AgentCredentialRecord {
  /** Its name. */
  readonly id: string
  /** What tokens carry: another credential of the same name later is another one. */
  readonly serial: string
  /** SHA-256. The secret is 256 random bits: nothing slower is needed to keep it from being guessed. */
  readonly digest: string
  readonly addedAt: string
}

export class AgentCredentials {
  readonly #store: RecordStore<AgentCredentialRecord>
  readonly #clock: Clock
  /** In memory: to tell which are not needed any more. */
  readonly #usedAt = new Map<string, number>()

  constructor(store: RecordStore<AgentCredentialRecord>, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  list(): readonly AgentCredentialView[] {
    return [...this.#store.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((record) => this.#view(record))
  }

  /** On disk when it answers. */
  async add(name: string): Promise<AddedAgentCredential> {
    if (this.#store.get(name) !== undefined) {
      const hint = `Remove the old one first (\`platen agent-credential remove ${name}\`), or take another name.`
      throw new AppError('AGENT_CREDENTIAL_NAME_TAKEN', `there is an agent credential ${name} already`, hint)
    }
    const secret = randomBytes(32).toString('base64url')
    const serial = randomBytes(6).toString('hex')
    const record = { id: name, serial, digest: digestOf(secret), addedAt: instantOf(this.#clock.now()) }
    await this.#store.put(record)
    return { ...this.#view(record), secret }
  }

  /** Tokens that were made with it are refused from now on. */
  async remove(name: string): Promise<void> {
    const record = this.#store.get(name)
    if (record === undefined) {
      const hint = 'List them with `platen agent-credential list`.'
      throw new AppError('AGENT_CREDENTIAL_NOT_FOUND', `there is no agent credential ${name}`, hint)
    }
    await this.#store.remove(name)
    this.#usedAt.delete(record.serial)
  }

  /** The serial of the credential that has this secret. */
  serialOf(secret: string): string | undefined {
    const given = Buffer.from(digestOf(secret), 'hex')
    const record = [...this.#store.values()].find(({ digest }) => timingSafeEqual(given, Buffer.from(digest, 'hex')))
    if (record !== undefined) this.#usedAt.set(record.serial, this.#clock.now())
    return record?.serial
  }

  /** The name of the credential that has this secret. */
  nameOf(secret: string): string | undefined {
    const serial = this.serialOf(secret)
    for (const { id, serial: own } of this.#store.values()) if (own === serial) return id
    return undefined
  }

  isInForce(serial: string): boolean {
    for (const record of this.#store.values()) if (record.serial === serial) return true
    return false
  }

  #view({ id, serial, addedAt }: AgentCredentialRecord): AgentCredentialView {
    const usedAt = this.#usedAt.get(serial)
    return { name: id, addedAt, ...(usedAt === undefined ? {} : { lastUsedAt: instantOf(usedAt) }) }
  }
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
