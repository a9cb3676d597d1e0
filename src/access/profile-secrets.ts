// Secrets for the steps of profiles: at rest encrypted with age, to an identity in the folder of secrets; in memory as they are. They are
// given to whoever asks by name, and shown to nobody.

import { join } from 'node:path'
import { armor, Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption'
import type { Finding } from '../contract/doctor.ts'
import { AppError } from '../contract/errors.ts'
import type { SecretView } from '../contract/secrets.ts'
import { type Clock, instantOf, type RecordStore } from '../store/index.ts'
import { readOrMakeSecret } from './secrets.ts'

export interface SecretRecord {
  /** Its name. */
  readonly id: string
  /** age, armored. */
  readonly sealed: string
  readonly setAt: string
  readonly setBy: string
}

/** In the folder of secrets. Not copied by a backup that is not encrypted: it would open what else is in there. */
export const IDENTITY_FILE = 'age-identity'

export interface ProfileSecretsDeps {
  readonly dataDir: string
  readonly store: RecordStore<SecretRecord>
  readonly clock: Clock
}

export class ProfileSecrets {
  readonly #deps: ProfileSecretsDeps
  readonly #recipient: string
  readonly #values: Map<string, string>

  private constructor(deps: ProfileSecretsDeps, recipient: string, values: Map<string, string>) {
    this.#deps = deps
    this.#recipient = recipient
    this.#values = values
  }

  /** Makes the identity at the first start. What it does not open costs itself: the secret counts as not set. */
  static async open(deps: ProfileSecretsDeps): Promise<ProfileSecrets> {
    const fresh = await generateIdentity()
    const identity = await readOrMakeSecret(join(deps.dataDir, 'secrets', IDENTITY_FILE), () => fresh)
    const values = new Map<string, string>()
    for (const { id, sealed } of deps.store.values()) {
      const value = await opened(sealed, identity).catch(() => undefined)
      if (value !== undefined) values.set(id, value)
    }
    return new ProfileSecrets(deps, await identityToRecipient(identity), values)
  }

  list(): readonly SecretView[] {
    return [...this.#deps.store.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, setAt, setBy }) => ({ name: id, setAt, setBy, isReadable: this.#values.has(id) }))
  }

  /** On disk when it answers; replaces one of this name. */
  async set(name: string, value: string, by: string): Promise<SecretView> {
    const encrypter = new Encrypter()
    encrypter.addRecipient(this.#recipient)
    const sealed = armor.encode(await encrypter.encrypt(value))
    const { store, clock } = this.#deps
    const record: SecretRecord = { id: name, sealed, setAt: instantOf(clock.now()), setBy: by }
    await store.put(record)
    this.#values.set(name, value)
    return { name, setAt: record.setAt, setBy: by, isReadable: true }
  }

  async remove(name: string): Promise<void> {
    if (this.#deps.store.get(name) === undefined) throw notSet(name)
    await this.#deps.store.remove(name)
    this.#values.delete(name)
  }

  /** Throws SECRET_NOT_FOUND for the first that is not set. */
  valuesOf(names: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      names.map((name) => {
        const value = this.#values.get(name)
        if (value === undefined) throw notSet(name)
        return [name, value]
      }),
    )
  }

  /** All of them: what must not turn up in what is shown. */
  known(): Iterable<string> {
    return this.#values.values()
  }

  diagnose(): readonly Finding[] {
    return this.list()
      .filter(({ isReadable }) => !isReadable)
      .map(({ name }) => ({
        severity: 'problem',
        subject: `secret ${name}`,
        seen: `it is kept, and ${IDENTITY_FILE} in the folder of secrets does not open it`,
        advice: `Set it anew: platen secret set ${name}`,
      }))
  }
}

async function opened(sealed: string, identity: string): Promise<string> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  return decrypter.decrypt(armor.decode(sealed), 'text')
}

function notSet(name: string): AppError {
  return new AppError(
    'SECRET_NOT_FOUND',
    `there is no secret ${name}`,
    `Set it: platen secret set ${name}. List them with \`platen secret list\`.`,
  )
}
