// The folder that backups lie in: contents by digest, each once for all backups, and a list for each. With recipients all of it is encrypted (age), lists
// too. Touches that folder; everything in it is for its owner alone.
//   contents/ab/DIGEST   chunks/ab/DIGEST   backups/TIME.json        with .age behind the name when it is encrypted
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import { Value } from 'typebox/value'
import { BACKUP_FORMAT, BackupList } from '../../contract/backup.ts'
import { AppError } from '../../contract/errors.ts'
import { syncFolder } from '../../store/index.ts'

export type Kept = 'contents' | 'chunks'
type Pieces = AsyncIterable<Uint8Array>

const LIST = /^(.+)\.json(\.age)?$/

export class BackupFolder {
  readonly #path: string
  readonly #recipients: readonly string[]
  readonly #identities: readonly string[]

  /** recipients: age1…; none: nothing is encrypted. identities: AGE-SECRET-KEY-…, to read what is. */
  constructor(
    path: string,
    { recipients = [], identities = [] }: { recipients?: readonly string[]; identities?: readonly string[] },
  ) {
    this.#path = path
    this.#recipients = recipients
    this.#identities = identities
  }

  get isEncrypted(): boolean {
    return this.#recipients.length > 0
  }

  async has(kind: Kept, digest: string): Promise<boolean> {
    return isThere(this.#placeOf(kind, digest))
  }

  /** Written, flushed, read back and compared, then named. Gives the bytes that it takes. */
  async keep(kind: Kept, digest: string, pieces: Pieces): Promise<number> {
    return this.#write(this.#placeOf(kind, digest), pieces)
  }

  /** As it was kept, decrypted. Throws BACKUP_DAMAGED when it is not there, BACKUP_KEY_WRONG. */
  async *read(kind: Kept, digest: string): AsyncGenerator<Uint8Array> {
    const [plain, sealed] = [this.#nameOf(kind, digest), `${this.#nameOf(kind, digest)}.age`]
    const path = (await isThere(sealed)) ? sealed : plain
    if (!(await isThere(path))) throw damaged(`${path} is not there`)
    yield* this.#opened(path)
  }

  /** The last thing that is written: what is listed is whole. */
  async keepList(list: BackupList): Promise<string> {
    const name = list.createdAt.replaceAll(':', '').replace(/\.\d+/, '')
    const path = join(this.#path, 'backups', `${name}.json${this.#ending()}`)
    await this.#write(path, onePiece(Buffer.from(JSON.stringify(list))))
    return name
  }

  /** Names of the backups, the newest last. */
  async names(): Promise<readonly string[]> {
    const files = await readdir(join(this.#path, 'backups')).catch(() => [])
    return files.flatMap((file) => LIST.exec(file)?.[1] ?? []).sort()
  }

  /** name left out: the newest. Throws BACKUP_NOT_FOUND, BACKUP_FORMAT_NEWER, BACKUP_DAMAGED, BACKUP_KEY_WRONG. */
  async list(name?: string): Promise<BackupList> {
    const names = await this.names()
    const chosen = name ?? names.at(-1)
    if (chosen === undefined || !names.includes(chosen)) throw notFound(this.#path, name, names)
    const plain = join(this.#path, 'backups', `${chosen}.json`)
    const path = (await isThere(plain)) ? plain : `${plain}.age`
    const parts: Uint8Array[] = []
    for await (const part of this.#opened(path)) parts.push(part)
    return listIn(Buffer.concat(parts), path)
  }

  async #write(path: string, pieces: Pieces): Promise<number> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const temporary = join(dirname(path), `.${randomUUID()}.tmp`)
    try {
      const written = createHash('sha256')
      let sizeBytes = 0
      const file = await open(temporary, 'wx', 0o600)
      try {
        for await (const piece of await this.#sealed(pieces)) {
          await file.writeFile(piece)
          written.update(piece)
          sizeBytes += piece.length
        }
        await file.sync()
      } finally {
        await file.close()
      }
      if ((await digestOf(createReadStream(temporary))) !== written.digest('hex'))
        throw damaged(`${path} did not come back from the disk as it was written`)
      await rename(temporary, path)
      await syncFolder(dirname(path))
      return sizeBytes
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async #sealed(pieces: Pieces): Promise<Pieces> {
    if (this.#recipients.length === 0) return pieces
    const encrypter = new Encrypter()
    for (const recipient of this.#recipients) encrypter.addRecipient(recipient)
    return (await encrypter.encrypt(ReadableStream.from(pieces) as ReadableStream<Uint8Array>)) as unknown as Pieces
  }

  async *#opened(path: string): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(path, { highWaterMark: 1 << 20 })
    if (!path.endsWith('.age')) {
      yield* stream as AsyncIterable<Uint8Array>
      return
    }
    try {
      const decrypter = new Decrypter()
      for (const identity of this.#identities) decrypter.addIdentity(identity)
      const whole = ReadableStream.from(stream as AsyncIterable<Uint8Array>) as ReadableStream<Uint8Array>
      yield* (await decrypter.decrypt(whole)) as unknown as Pieces
    } catch (error) {
      throw this.#identities.length === 0
        ? keyWrong(path, 'it is encrypted, and no identity was named')
        : keyWrong(path, (error as Error).message)
    } finally {
      stream.destroy()
    }
  }

  #ending(): string {
    return this.#recipients.length === 0 ? '' : '.age'
  }

  #nameOf(kind: Kept, digest: string): string {
    return join(this.#path, kind, digest.slice(0, 2), digest)
  }

  #placeOf(kind: Kept, digest: string): string {
    return `${this.#nameOf(kind, digest)}${this.#ending()}`
  }
}

export async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash('sha256')
  for await (const piece of pieces) sum.update(piece)
  return sum.digest('hex')
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function listIn(text: Buffer, path: string): BackupList {
  const value = parsed(text, path)
  const { format } = value as { readonly format?: unknown }
  if (typeof format === 'number' && format > BACKUP_FORMAT)
    throw new AppError(
      'BACKUP_FORMAT_NEWER',
      `the backup has format ${format}, and this version of the program reads ${BACKUP_FORMAT}`,
      'Install the version of Platen that made it, or a newer one.',
    )
  if (!Value.Check(BackupList, value)) throw damaged(`${path} is no list of a backup`)
  return value
}

function parsed(text: Buffer, path: string): object {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, with what it is.
  }
  throw damaged(`${path} is no list of a backup`)
}

export function damaged(reason: string): AppError {
  return new AppError(
    'BACKUP_DAMAGED',
    `the backup is not whole: ${reason}`,
    'Take another one (`--at`), or another copy of it. `platen backup verify` looks at all of it.',
  )
}

function keyWrong(path: string, reason: string): AppError {
  return new AppError(
    'BACKUP_KEY_WRONG',
    `${path} cannot be read: ${reason}`,
    'Name the file with the age identity that it was encrypted for: --identity FILE.',
  )
}

function notFound(path: string, name: string | undefined, names: readonly string[]): AppError {
  const there = names.length === 0 ? 'there is none' : `there are ${names.slice(-10).join(', ')}`
  return new AppError(
    'BACKUP_NOT_FOUND',
    `no backup ${name === undefined ? '' : `${name} `}in ${path}; ${there}`,
    'Name the folder that `platen backup create --to` wrote, and one of its backups.',
  )
}

/** Lines of an identity file of age, without comments. */
export async function identitiesIn(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('AGE-SECRET-KEY-'))
}
