// Secrets of this appliance in <dataDir>/secrets (0700), each made at the first start (0600) and never changed by itself.
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../contract/errors.ts'
import { syncFolder } from '../store/index.ts'

export interface Secrets {
  /** What people's tools show under /api/v1: the whole content of secrets/operator-token. */
  readonly operatorToken: string
  /** Signs boot tokens. */
  readonly bootTokenKey: Uint8Array
}

export async function openSecrets(dataDir: string): Promise<Secrets> {
  const folder = join(dataDir, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const operatorToken = await readOrMakeSecret(join(folder, 'operator-token'), randomText)
  return { operatorToken, bootTokenKey: await openKey(join(folder, 'boot-token-key')) }
}

async function openKey(path: string): Promise<Uint8Array> {
  const key = Buffer.from(await readOrMakeSecret(path, randomText), 'base64url')
  // What is not base64url is passed over by the decoder: of a long text nothing may remain.
  if (key.length < LEAST_KEY_BYTES)
    throw unusable(path, `it is a key of ${key.length} bytes, and ${LEAST_KEY_BYTES} are the least`)
  return key
}

const randomText = () => randomBytes(32).toString('base64url')

/** 128 bits in the densest text that people use for them: whatever is shorter can be guessed. */
const LEAST_CHARS = 22
const LEAST_KEY_BYTES = 16

/**
 * make is called only when it is not there yet. What is there but unreadable, empty or too short is no secret and is never replaced
 * by itself: throws APPLIANCE_SECRET_UNUSABLE.
 */
export async function readOrMakeSecret(path: string, make: () => string): Promise<string> {
  const existing = await readSecret(path)
  if (existing !== undefined) return existing
  const temporary = `${path}.${process.pid}`
  const handle = await open(temporary, 'w', 0o600)
  await handle.writeFile(`${make()}\n`)
  await handle.sync()
  await handle.close()
  // link fails when somebody else was first: then theirs holds.
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(temporary)
  await syncFolder(join(path, '..'))
  const made = await readSecret(path)
  if (made === undefined) throw unusable(path, 'it was taken away while it was made')
  return made
}

/** undefined: it is missing. */
async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unusable(path, `it cannot be read (${error.code ?? error.message})`, error)
  })
  if (text === undefined) return undefined
  const secret = text.trim()
  if (secret === '') throw unusable(path, 'it is empty')
  if (secret.length < LEAST_CHARS) throw unusable(path, `it has ${secret.length} characters, and ${LEAST_CHARS} are the least`)
  if (/[^\x20-\x7e\r\n]/.test(secret)) throw unusable(path, 'it is not text')
  return secret
}

export function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'APPLIANCE_SECRET_UNUSABLE',
    `the secret ${path} cannot be used: ${reason}`,
    'Put it back from a backup, or remove the file: the next start makes a new one, and what the old one opened is closed.',
    { cause },
  )
}
