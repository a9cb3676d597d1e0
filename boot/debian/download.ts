// Brings files from a mirror into the cache, each checked by its digest. Touches the network and the cache folder.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../src/contract/errors.ts'

export type FetchOutcome = { readonly kind: 'found'; readonly bytes: Buffer } | { readonly kind: 'gone' }

const ATTEMPTS = 3

/** gone: the mirror answers, and has no such file. Anything else that fails is tried again, then an error. */
export async function fetchFile(url: string): Promise<FetchOutcome> {
  let cause: unknown
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const response = await fetch(url)
      if (response.status === 404 || response.status === 410) return { kind: 'gone' }
      if (response.ok) return { kind: 'found', bytes: Buffer.from(await response.arrayBuffer()) }
      cause = new Error(`HTTP status ${response.status}`)
    } catch (error) {
      cause = error
    }
  }
  throw new AppError(
    'BOOT_OS_DOWNLOAD_FAILED',
    `cannot fetch ${url} after ${ATTEMPTS} attempts: ${reasonOf(cause)}`,
    'Check that this machine reaches the mirror (curl -I <url>), or name another one: `platen boot build --mirror <url>`.',
    { cause },
  )
}

/** Present in the cache, or fetched into it. What is in the cache under a digest has that digest. */
export async function fetchIntoCache(url: string, digest: string, cachedPath: string): Promise<'cached' | 'fetched' | 'gone'> {
  if (await hasDigest(cachedPath, digest)) return 'cached'
  const outcome = await fetchFile(url)
  if (outcome.kind === 'gone') return 'gone'
  checkDigest(url, outcome.bytes, digest)
  await writeAtomically(cachedPath, outcome.bytes)
  return 'fetched'
}

export function checkDigest(name: string, bytes: Uint8Array, digest: string): void {
  const found = sha256(bytes)
  if (found === digest) return
  throw new AppError(
    'BOOT_OS_DIGEST_MISMATCH',
    `${name} has the SHA-256 ${found}, but ${digest} was promised`,
    'The mirror or something on the way changed the file, or the mirror is being updated: try again later or use another mirror.',
  )
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.part`
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function hasDigest(path: string, digest: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false
  return sha256(await readFile(path)) === digest
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message
}
