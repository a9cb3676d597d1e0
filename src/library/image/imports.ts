// Images that a person brings: each import is to the store what a capture is, without a node and a lease. Pure but for its own list.
// An import's id names its image, so that one goes on after a restart of the appliance; only what it reserved is forgotten.
import { randomUUID } from 'node:crypto'
import { Value } from 'typebox/value'
import { AppError } from '../../contract/errors.ts'
import { Name } from '../../contract/values.ts'
import type { CaptureDesk, CaptureOrigin, ImageStoreService } from './image-service.ts'
import type { ContentDesk } from './job-content.ts'

/** Silent for so long: whoever brought it went away, and what it reserved is free again. */
const ABANDONED_MS = 3_600_000

interface ImportsDeps {
  readonly images: Pick<ImageStoreService, 'release'>
  readonly nowMs: () => number
}

export class Imports implements CaptureDesk, ContentDesk {
  readonly #deps: ImportsDeps
  readonly #lastSeenMs = new Map<string, number>()

  constructor(deps: ImportsDeps) {
    this.#deps = deps
  }

  begin(imageName: string): string {
    const importId = `${imageName}.${randomUUID()}`
    this.#see(importId)
    return importId
  }

  /** Node and lease do not matter: the operator token was asked for before. */
  originOf(_nodeId: string, importId: string): CaptureOrigin {
    const imageName = importId.slice(0, Math.max(0, importId.lastIndexOf('.')))
    if (!Value.Check(Name, imageName)) {
      throw new AppError('REQUEST_INVALID', `"${importId}" is no import`, 'Begin one with POST /api/v1/images/NAME/imports.')
    }
    this.#see(importId)
    return { jobId: importId, imageName }
  }

  /** People may read all of it. */
  contentOf(): 'everything' {
    return 'everything'
  }

  end(importId: string): void {
    this.#lastSeenMs.delete(importId)
    this.#deps.images.release(importId)
  }

  #see(importId: string): void {
    const now = this.#deps.nowMs()
    this.#lastSeenMs.set(importId, now)
    for (const [other, seenMs] of this.#lastSeenMs) if (seenMs < now - ABANDONED_MS) this.end(other)
  }
}
