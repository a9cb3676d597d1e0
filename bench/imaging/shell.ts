// Commands that the benches start, and how long they took.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export async function sh(command: string): Promise<string> {
  const { stdout } = await run('bash', ['-o', 'pipefail', '-ec', command], { maxBuffer: 256 * 1024 * 1024 })
  return stdout.trim()
}

export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const startedMs = performance.now()
  const value = await work()
  return { seconds: (performance.now() - startedMs) / 1000, value }
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
