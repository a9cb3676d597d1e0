// An appliance that is killed at random moments while images come, are tagged, removed, pruned and collected. After each death the store
// on disk is opened again: what was acknowledged is there and verifies, and so does everything else that is listed.
import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { expect } from 'vitest'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import { createImageService } from '../../src/library/image/create-image-service.ts'
import { contextOf } from '../../src/winpe-agent/image-file/file-work.ts'
import { createChunkClient } from '../../src/winpe-agent/imaging/chunk-client.ts'
import { manifestOf } from '../fakes/small-manifest.ts'
import { chunkOf } from './chunk-store-suite.ts'

export interface Killable {
  readonly url: string
  readonly token: string
  /** kill -9; returns when it is gone. */
  kill(): Promise<void>
}

export interface KillPlan {
  readonly rounds: number
  readonly dataDir: string
  readonly start: () => Promise<Killable>
  /** The longest that it lives after its first acknowledged version. */
  readonly mostMs: number
}

const IMAGES = ['web', 'db']
/** Few enough that versions share most of them, and that what one removes another needs. */
const POOL = Array.from({ length: 24 }, (_, n) => chunkOf(`content ${n} `))
const CAPTURES = 3

/** What is known of the store from outside. */
class Ledger {
  /** Acknowledged: name@version -> manifest digest. */
  readonly published = new Map<string, string>()
  /** Asked to go; whether it went was not always told. */
  readonly maybeGone = new Set<string>()
  acknowledged = 0
  #waiting: (() => void)[] = []
  #prunesBegun = 0
  #prunesEnded = 0

  /** To be had before a version is published, and given when that is acknowledged. */
  get prunesEnded(): number {
    return this.#prunesEnded
  }

  /** What is published while it is under way may go as well: its acknowledgement may come later than the end of the prune. */
  async prune(imageName: string, ask: () => Promise<void>): Promise<void> {
    for (const key of this.published.keys()) if (key.startsWith(`${imageName}@`)) this.maybeGone.add(key)
    this.#prunesBegun++
    await ask().finally(() => this.#prunesEnded++)
  }

  acknowledge(key: string, manifestDigest: string, prunesEndedBefore: number): void {
    this.published.set(key, manifestDigest)
    if (this.#prunesBegun > prunesEndedBefore) this.maybeGone.add(key)
    this.acknowledged++
    for (const wake of this.#waiting.splice(0)) wake()
  }

  nextAcknowledged(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

export async function killAgainAndAgain({
  rounds,
  dataDir,
  start,
  mostMs,
}: KillPlan): Promise<{ readonly acknowledged: number; readonly left: number }> {
  const ledger = new Ledger()
  for (let round = 0; round < rounds; round++) {
    const appliance = await start()
    const life = new AbortController()
    const busy = [
      ...Array.from({ length: CAPTURES }, () => captures(appliance, ledger, life.signal)),
      chores(appliance, ledger, life.signal),
    ]
    const ended = Promise.allSettled(busy)
    // As a rule when it is well at work; now and then while it begins.
    if (randomInt(5) > 0) await ledger.nextAcknowledged()
    await pause(randomInt(mostMs))
    await appliance.kill()
    life.abort()
    for (const end of await ended) if (end.status === 'rejected' && !isDeath(end.reason)) throw end.reason
    await checkStore(dataDir, ledger)
  }
  return { acknowledged: ledger.acknowledged, left: ledger.published.size }
}

/** The appliance went away, or the life of the test's own requests ended with it. */
function isDeath(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.message === 'fetch failed')
}

/** One version after the other, as an agent does it, until the appliance dies. */
async function captures({ url, token }: Killable, ledger: Ledger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const imageName = IMAGES[randomInt(IMAGES.length)]!
    const quiet = { access: { url, token }, signal, log: () => undefined, progress: () => undefined }
    const client = createChunkClient(contextOf(quiet, `${imageName}.${randomUUID()}`))
    const chunks = POOL.filter(() => randomInt(4) === 0)
      .slice(0, 7)
      .concat(chunkOf(randomUUID()))
    await client.reserve(4096)
    const bytes = zstdCompressSync(encodeManifest(manifestOf(chunks.map(({ digest }) => digest))))
    for (let published = false; !published; ) {
      const missing = new Set(await client.missing(chunks.map(({ digest }) => digest)))
      const frames = chunks.filter(({ digest }) => missing.has(digest))
      if (frames.length > 0)
        await client.send(frames.map(({ digest, bytes: content }) => ({ digest, bytes: Buffer.from(content) })))
      const prunesEndedBefore = ledger.prunesEnded
      // A chunk that was collected between the question and the manifest is sent again.
      const answer = await client.publish(bytes).catch((error: { code?: string }) => {
        if (error.code !== 'IMAGE_MANIFEST_INCOMPLETE') throw error
      })
      if (answer === undefined) continue
      ledger.acknowledge(`${imageName}@${answer.version}`, answer.manifestDigest, prunesEndedBefore)
      published = true
    }
  }
}

/** What people and timers do meanwhile. */
async function chores({ url, token }: Killable, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  while (!signal.aborted) {
    // Only of acknowledged versions: one that is removed before its acknowledgement came would look lost.
    const known = [...ledger.published.keys()].filter((key) => !ledger.maybeGone.has(key))
    const key = known[randomInt(Math.max(1, known.length))]
    const [name, version] = key?.split('@') ?? []
    const chore = randomInt(5)
    if (chore === 0 && key !== undefined) await ask('PUT', `/images/${name}/versions/${version}/tags/stable`)
    else if (chore === 1 && key !== undefined) {
      ledger.maybeGone.add(key)
      await ask('DELETE', `/images/${name}/versions/${version}`)
    } else if (chore === 2) {
      const pruned = IMAGES[randomInt(IMAGES.length)]!
      await ledger.prune(pruned, () => ask('POST', `/images/${pruned}/prune`, { keepLast: 2 }))
    } else await ask('POST', '/images/collect')
    await pause(20, undefined, { signal })
  }
}

async function checkStore(dataDir: string, ledger: Ledger): Promise<void> {
  const images = createImageService({ dataDir }, { now: () => new Date().toISOString() })
  const listed = new Map<string, string>()
  for (const { name, versions } of images.list()) {
    for (const { version, manifestDigest } of versions) {
      listed.set(`${name}@${version}`, manifestDigest)
      expect((await images.verify(name, version)).damaged, `${name}@${version} verifies`).toEqual([])
    }
  }
  for (const [key, manifestDigest] of ledger.published) {
    if (ledger.maybeGone.has(key) && !listed.has(key)) ledger.published.delete(key)
    else expect(listed.get(key), `${key} is what it was`).toBe(manifestDigest)
  }
}
