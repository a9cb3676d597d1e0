// What the agent does now, as a file on the machine itself: for a person at its console and for other programs. Touches one file.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface AgentStatus {
  readonly nodeId: string
  readonly nodeName: string
  readonly nodeState: string
  readonly jobId: string | undefined
  /** The phase, then what it does now: the same words as in the job's status. */
  readonly majorState: string
  readonly minorState: string
  /** Of the step that runs, counted from 1. */
  readonly percent: number
  readonly step: number | undefined
  readonly steps: number | undefined
  readonly attempt: number | undefined
  /** Of the step, when that is known. */
  readonly secondsLeft: number | undefined
  /** Since when it is in this phase. */
  readonly phaseSince: string
  readonly updatedAt: string
}

/** What a job said of itself is over with it. */
export const NO_JOB = { jobId: undefined, attempt: undefined, step: undefined, steps: undefined, secondsLeft: undefined }

export interface StatusFile {
  update(change: Partial<AgentStatus>): void
}

const MIN_INTERVAL_MS = 500

/** Written whole or not at all; a phase is written at once, progress at most twice a second. Failing to write harms nothing. */
export function createStatusFile(path: string, now: () => Date): StatusFile {
  let status: Partial<AgentStatus> = {}
  let writtenAtMs = 0
  return {
    update(change) {
      const isPhase = change.majorState !== status.majorState || change.jobId !== status.jobId
      status = { ...status, ...change }
      const at = now()
      if (isPhase) status = { ...status, phaseSince: at.toISOString() }
      if (!isPhase && at.getTime() - writtenAtMs < MIN_INTERVAL_MS) return
      writtenAtMs = at.getTime()
      write(path, { ...status, updatedAt: at.toISOString() })
    },
  }
}

function write(path: string, status: Partial<AgentStatus>): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, `${JSON.stringify(status)}\n`)
    renameSync(`${path}.new`, path)
  } catch {
    // A full or read-only /run must not end a job.
  }
}
