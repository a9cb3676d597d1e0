// Images that workers send as files: each arrives in a file of its lease, in one piece or in several, and is brought into the store when it is
// whole. Touches the disk. One piece of a lease is written at a time: whoever comes again takes over from a connection that hangs.
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../contract/errors.ts'

/** What of it comes now. */
export interface Piece {
  /** Where it begins; 0 also throws away what was there. */
  readonly from: number
  /** Of the whole file. undefined: it ends with this piece. */
  readonly totalBytes: number | undefined
}

/** Whose it is, and what is to become of it. */
export interface UploadLease {
  readonly nodeId: string
  readonly jobId: string
  readonly leaseId: string
  readonly imageName: string
}

/** Brings a file into the store, as a capture under that lease; kept when its version is published. */
export type ImportUpload = (
  order: UploadLease & { readonly file: string; readonly folder: string; readonly signal: AbortSignal },
) => Promise<void>

interface UploadsDeps {
  readonly folder: string
  readonly importUpload: ImportUpload
}

interface Under {
  readonly abort: AbortController
  readonly done: Promise<void>
}

export class Uploads {
  readonly #deps: UploadsDeps
  readonly #arriving = new Map<string, Under>()
  readonly #importing = new Map<string, Under>()

  private constructor(deps: UploadsDeps) {
    this.#deps = deps
  }

  /** What belongs to no lease that is in force is removed. */
  static async open(deps: UploadsDeps, leases: ReadonlySet<string>): Promise<Uploads> {
    await mkdir(deps.folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(deps.folder))
      if (!leases.has(name)) await rm(join(deps.folder, name), { recursive: true, force: true })
    return new Uploads(deps)
  }

  async receivedBytes({ leaseId }: UploadLease): Promise<number> {
    return (await stat(this.#fileOf(leaseId)).catch(() => undefined))?.size ?? 0
  }

  /** Kept when the piece is on disk and, when it was the last one, when the version is published. */
  async receive(lease: UploadLease, piece: Piece, body: Readable): Promise<'more' | 'published'> {
    const { leaseId } = lease
    if (this.#importing.has(leaseId))
      throw refused('the image that came before is still being read', 'Ask how far the job is, then send it again.')
    await this.#takeOver(leaseId)
    const here = piece.from === 0 ? 0 : await this.receivedBytes(lease)
    if (piece.from !== here)
      throw refused(
        `${here} bytes are here, and this part begins at ${piece.from}`,
        `Send the file from byte ${here} on: curl -C ${here} -T FILE URL`,
      )
    await this.#refuseFull(piece)
    const abort = new AbortController()
    await this.#track(this.#arriving, lease, abort, this.#write(leaseId, piece, body, abort.signal))
    const received = await this.receivedBytes(lease)
    if (piece.totalBytes !== undefined && received < piece.totalBytes) return 'more'
    await this.#import(lease)
    return 'published'
  }

  /** Kept when nothing of the lease is being read any more. */
  async settled(leaseId: string): Promise<void> {
    await this.#importing.get(leaseId)?.done.catch(() => undefined)
  }

  /** The lease has ended: what was sent under it is thrown away, at once or as soon as nobody writes it. */
  forget(leaseId: string): void {
    const under = [this.#arriving.get(leaseId), this.#importing.get(leaseId)].filter((one) => one !== undefined)
    for (const { abort } of under) abort.abort()
    void Promise.allSettled(under.map(({ done }) => done)).then(() => this.#remove(leaseId).catch(() => undefined))
  }

  async stop(): Promise<void> {
    const all = [...this.#arriving.values(), ...this.#importing.values()]
    for (const { abort } of all) abort.abort()
    await Promise.allSettled(all.map(({ done }) => done))
  }

  async #import(lease: UploadLease): Promise<void> {
    const abort = new AbortController()
    await this.#track(this.#importing, lease, abort, this.#read(lease, abort.signal))
  }

  /** Under another name, which an appliance that dies meanwhile does not take for the beginning of a file. Whatever comes of it, it is gone. */
  async #read(lease: UploadLease, signal: AbortSignal): Promise<void> {
    const { folder, importUpload } = this.#deps
    const arrived = this.#fileOf(lease.leaseId)
    const file = `${arrived}.whole`
    try {
      await rename(arrived, file)
      await importUpload({ ...lease, file, folder, signal })
    } finally {
      await rm(file, { force: true })
    }
  }

  async #track(among: Map<string, Under>, { leaseId }: UploadLease, abort: AbortController, done: Promise<void>) {
    const under = { abort, done }
    among.set(leaseId, under)
    await done.finally(() => among.get(leaseId) === under && among.delete(leaseId))
  }

  async #takeOver(leaseId: string): Promise<void> {
    const before = this.#arriving.get(leaseId)
    before?.abort.abort()
    await before?.done.catch(() => undefined)
  }

  async #write(leaseId: string, { from }: Piece, body: Readable, signal: AbortSignal): Promise<void> {
    const file = createWriteStream(this.#fileOf(leaseId), from === 0 ? { flags: 'w', mode: 0o600 } : { flags: 'r+', start: from })
    await pipeline(body, file, { signal })
  }

  async #refuseFull({ from, totalBytes = 0 }: Piece): Promise<void> {
    const { bavail, bsize } = await statfs(this.#deps.folder)
    const [needed, free] = [totalBytes - from, bavail * bsize]
    if (needed <= free) return
    const hint = 'Free some space on the disk that holds the data folder: `platen image prune`, `platen image collect`.'
    throw new AppError('IMAGE_STORE_FULL', `the image takes ${needed} more bytes, and ${free} are free`, hint)
  }

  #remove(leaseId: string): Promise<void> {
    return rm(this.#fileOf(leaseId), { force: true })
  }

  #fileOf(leaseId: string): string {
    return join(this.#deps.folder, leaseId)
  }
}

function refused(message: string, hint: string): AppError {
  return new AppError('JOB_UPLOAD_REFUSED', message, hint)
}
