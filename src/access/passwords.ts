// Passwords as they are kept: argon2id (RFC 9106), in the usual text form with its parameters, so that these may become dearer later.
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AppError } from '../contract/errors.ts'

/** 19 MiB and two passes: a tenth of a second here, and as much memory for whoever guesses. */
const COST = { memory: 19 * 1024, passes: 2, parallelism: 1 } as const
const TAG_BYTES = 32
const SALT_BYTES = 16
/** Whatever is more waits; a flood of logins takes neither the memory nor the threads of the appliance. */
const AT_ONCE = 2
const MOST_WAITING = 16

export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** Throws LOGIN_LOCKED when too many are asked for at once. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const tag = await this.#derive(password, { nonce: salt, ...COST, tagLength: TAG_BYTES })
    const { memory, passes, parallelism } = COST
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`
  }

  /** kept: left out, when nobody has this name; it takes as long as any other. Throws LOGIN_LOCKED when too many are asked for at once. */
  async check(password: string, kept: string | undefined): Promise<boolean> {
    const { parameters, tag } = read(kept ?? NOBODYS)
    const given = await this.#derive(password, parameters)
    return timingSafeEqual(given, tag) && kept !== undefined
  }

  async #derive(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
    await this.#turn()
    try {
      // One spelling of what looks the same, whichever keyboard it was typed on.
      return await derive('argon2id', { ...parameters, message: Buffer.from(password.normalize('NFC')) })
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING)
        throw new AppError('LOGIN_LOCKED', 'too many passwords are checked at this moment', 'Try again in a few seconds.')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#running++
  }
}

const derive = promisify(argon2)
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const NOBODYS = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${text(Buffer.alloc(SALT_BYTES))}$${text(Buffer.alloc(TAG_BYTES))}`

function read(kept: string): { parameters: Omit<Argon2Parameters, 'message'>; tag: Buffer } {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(kept)
  if (match === null) throw new Error('a kept password is not in the form of argon2id')
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number]
  const [nonce, tag] = match.slice(4).map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer]
  return { parameters: { memory, passes, parallelism, nonce, tagLength: tag.length }, tag }
}
