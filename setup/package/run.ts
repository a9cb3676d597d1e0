// Runs the programs that pack: no shell, and what a program said when it failed.
import { spawnSync } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Its standard output. */
export function run(command: string, words: readonly string[], { cwd, environment = {} }: RunOptions = {}): string {
  const { error, status, signal, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment, LC_ALL: 'C' },
    maxBuffer: 256 * 1024 ** 2,
  })
  if (error !== undefined) throw new Error(`${command} cannot be started: ${error.message}`)
  if (status !== 0)
    throw new Error(`${command} ${words.join(' ')} ended with ${signal ?? status}:\n${stderr.trim() || stdout.trim()}`)
  return stdout
}
