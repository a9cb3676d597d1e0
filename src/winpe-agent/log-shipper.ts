// Brings a job's log lines to the appliance: all of them, once each, in order. Touches the appliance through its client.
import { Type } from 'typebox'
import type { LogLines } from '../contract/agent-api.ts'
import type { OrchestratorClient } from './orchestrator-client.ts'

const MAX_BATCH_LINES = 1000
/** Well under the megabyte that a JSON body may have, escapes included. */
const MAX_BATCH_CHARS = 128 * 1024
const MAX_LINE_CHARS = 8000

export interface LogShipper {
  add(line: string): void
  /** Returns when every line added so far has reached the appliance, or when it takes none any more. */
  flush(): Promise<void>
}

export interface LogShipperConfig {
  readonly jobId: string
  readonly leaseId: string
  /** Lines of this attempt that the appliance has from an earlier boot. */
  readonly firstLine: number
}

export interface LogShipperDeps {
  readonly client: OrchestratorClient
  /** Where lines go that the appliance refused: the console has them in any case. */
  refused(error: unknown, lineCount: number): void
  readonly signal: AbortSignal
}

/** One request at a time; lines that come meanwhile make the next batch. Repeating is safe: firstLine numbers them. */
export function createLogShipper(config: LogShipperConfig, { client, refused, signal }: LogShipperDeps): LogShipper {
  const waiting: string[] = []
  let nextLine = config.firstLine
  let isRefused = false
  let shipping: Promise<void> | undefined

  async function ship(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting.slice(0, batchSize(waiting))
      const body: LogLines = { leaseId: config.leaseId, firstLine: nextLine, lines }
      await client.post(`/jobs/${config.jobId}/log`, body, Type.Unknown(), signal)
      waiting.splice(0, lines.length)
      nextLine += lines.length
    }
  }

  function start(): void {
    if (isRefused || shipping !== undefined) return
    shipping = ship()
      .catch((error: unknown) => {
        isRefused = true
        if (!signal.aborted) refused(error, waiting.length)
      })
      .finally(() => {
        shipping = undefined
      })
  }

  return {
    add(line) {
      if (isRefused) return
      waiting.push(...cleanLines(line))
      start()
    },
    async flush() {
      while (waiting.length > 0 && !isRefused) {
        start()
        await shipping
      }
    },
  }
}

function batchSize(waiting: readonly string[]): number {
  let chars = 0
  for (const [index, line] of waiting.entries()) {
    chars += line.length
    if (index === MAX_BATCH_LINES || (chars > MAX_BATCH_CHARS && index > 0)) return index
  }
  return waiting.length
}

/** Control characters would colour or clear the reader's terminal; over-long lines are cut into several. */
function cleanLines(line: string): string[] {
  const clean = line
    .replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '')
    .replace(/[^\P{Cc}\t]/gu, ' ')
    .toWellFormed()
  if (clean.length <= MAX_LINE_CHARS) return [clean]
  return Array.from({ length: Math.ceil(clean.length / MAX_LINE_CHARS) }, (_, part) =>
    clean.slice(part * MAX_LINE_CHARS, (part + 1) * MAX_LINE_CHARS).toWellFormed(),
  )
}
