// Reads job logs for people: by line, or as text that grows while it is read.
import { open } from 'node:fs/promises'
import type { JobLog } from '../../contract/operator-api.ts'
import { type JobLogs, wholeLinesOf } from './log-files.ts'

const READ_BYTES = 64 * 1024

/** Whole lines from `fromLine` on, at most `limit`; a job without a log has none. */
export async function readLogLines(logs: JobLogs, jobId: string, fromLine: number, limit: number): Promise<JobLog> {
  await logs.settled(jobId)
  const lines: string[] = []
  let number = 0
  for await (const { line } of wholeLinesOf(logs.pathOf(jobId))) {
    if (number++ < fromLine) continue
    if (lines.length >= limit) break
    lines.push(line)
  }
  return { lines, nextLine: fromLine + lines.length }
}

/** The text so far; with isOver also what comes, until that says that nothing will. */
export async function* streamLog(
  logs: JobLogs,
  jobId: string,
  isOver: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let offset = 0
  let grown = Promise.withResolvers<void>()
  const unwatch = logs.watch(jobId, () => grown.resolve())
  const wake = (): void => grown.resolve()
  signal.addEventListener('abort', wake)
  try {
    for (;;) {
      grown = Promise.withResolvers<void>()
      // Asked before reading: what is written between the two is still read.
      const over = await isOver()
      await logs.settled(jobId)
      for await (const part of readFrom(logs.pathOf(jobId), offset)) {
        offset += part.length
        yield part
      }
      if (over || signal.aborted) return
      await grown.promise
    }
  } finally {
    unwatch()
    signal.removeEventListener('abort', wake)
  }
}

async function* readFrom(path: string, offset: number): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (handle === undefined) return
  try {
    for (let position = offset; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position)
      if (bytesRead === 0) return
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}
