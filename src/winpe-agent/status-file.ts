// What the agent does now, as a file on the machine itself: for a person at its console and for other programs. Touches one file.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface AgentStatus {
  readonly nodeId: string
  readonly nodeName: string
  readonly nodeState: string
  readonly jobId: string
  /** The phase, then what it does now: the same words as in the job's status. */
  readonly majorState: string
  readonly minorState: string
  readonly percent: number
  readonly updatedAt: string
}

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
