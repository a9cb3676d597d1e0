// Secrets by which running systems speak for their nodes. Only digests are kept: a secret is told once, to the deploy that puts it into the system.
import { createHash, randomBytes } from 'node:crypto'
import { type Clock, instantOf, type RecordStore } from '../store/index.ts'

export interface NodeCredentialRecord {
  /** Of the node. */
  readonly id: string
  /** SHA-256. The secret is 256 random bits: nothing slower is needed to keep it from being guessed. */
  readonly digest: string
  readonly madeAt: string
}

export class NodeCredentials {
  readonly #store: RecordStore<NodeCredentialRecord>
  readonly #clock: Clock
  readonly #nodeByDigest = new Map<string, string>()

  constructor(store: RecordStore<NodeCredentialRecord>, clock: Clock) {
    this.#store = store
    this.#clock = clock
    for (const { id, digest } of store.values()) this.#nodeByDigest.set(digest, id)
    store.watch(() => {
      this.#nodeByDigest.clear()
      for (const { id, digest } of store.values()) this.#nodeByDigest.set(digest, id)
    })
  }

  /** The one before is worth nothing from now on: the system that had it is about to be another. On disk when it answers. */
  async issue(nodeId: string): Promise<string> {
    const secret = randomBytes(32).toString('base64url')
    await this.#store.put({ id: nodeId, digest: digestOf(secret), madeAt: instantOf(this.#clock.now()) })
    return secret
  }

  /** Found by its digest: how long that takes tells nothing of the secret. */
  nodeOf(secret: string): string | undefined {
    return this.#nodeByDigest.get(digestOf(secret))
  }

  has(nodeId: string): boolean {
    return this.#store.get(nodeId) !== undefined
  }
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
