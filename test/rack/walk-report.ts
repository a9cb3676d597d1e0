// What a walk found out, row by row, and whom it tells meanwhile. A claim that does not hold ends the walk.
import type { ImageVersionView } from '../../src/contract/image.ts'
import type { JobView, Transfer } from '../../src/contract/job.ts'

export interface WalkRow {
  readonly machine: string
  readonly firmware: string
  readonly what: string
  readonly seconds: number
  readonly transfer: Transfer
}

/** Somebody who watches: a person at the demo, nobody in a test. */
export interface WalkListener {
  phase(title: string): void
  /** What happens now; replaced by the next one. */
  progress(text: string): void
  proven(claim: string, evidence: string): void
}

export class WalkReport {
  readonly rows: WalkRow[] = []
  readonly versions: ImageVersionView[] = []
  readonly claims: { readonly claim: string; readonly evidence: string }[] = []
  readonly #listener: WalkListener

  constructor(listener: WalkListener) {
    this.#listener = listener
  }

  phase(title: string): void {
    this.#listener.phase(title)
  }

  progress(text: string): void {
    this.#listener.progress(text)
  }

  prove(claim: string, holds: boolean, evidence: string): void {
    if (!holds) throw new Error(`not true: ${claim} (${evidence})`)
    this.claims.push({ claim, evidence })
    this.#listener.proven(claim, evidence)
  }

  /** One row for each step of the job. */
  addJob(machine: { readonly name: string; readonly firmware: string }, label: string, job: JobView): void {
    for (const { kind, seconds, transfer } of job.results) {
      this.rows.push({ machine: machine.name, firmware: machine.firmware, what: `${label}: ${kind}`, seconds, transfer })
    }
  }
}

/** The counters of all steps of a job together. */
export function totalsOf(job: JobView): Required<Transfer> {
  const total = { bytesRead: 0, bytesSent: 0, bytesReceived: 0, bytesWritten: 0 }
  for (const { transfer } of job.results) {
    for (const key of Object.keys(total) as (keyof Transfer)[]) total[key] += transfer[key] ?? 0
  }
  return total
}
