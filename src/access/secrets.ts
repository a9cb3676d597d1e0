// Secrets of this appliance in <dataDir>/secrets (0700), each made at the first start (0600) and never changed by itself.
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
  const key = await readOrMakeSecret(join(folder, 'boot-token-key'), randomText)
  return { operatorToken, bootTokenKey: Buffer.from(key, 'base64url') }
}

const randomText = () => randomBytes(32).toString('base64url')

/** make is called only when it is not there yet. */
export async function readOrMakeSecret(path: string, make: () => string): Promise<string> {
  const existing = await readText(path)
  if (existing !== '') return existing
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
  return readText(path)
}

async function readText(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}
