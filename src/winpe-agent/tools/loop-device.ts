// A file as a disk with partitions, read only. Starts losetup and partx; needs root. Leaves nothing behind.
import type { Run } from '../machine.ts'
import { release } from './release.ts'
import { superviseCommand } from './run-command.ts'

export type LoopResult<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** This machine, or this user, cannot make one. */
  | { readonly kind: 'unavailable'; readonly reason: string }

export async function withLoopDevice<T>(
  file: string,
  sectorBytes: number,
  run: Run,
  work: (devicePath: string) => Promise<T>,
): Promise<LoopResult<T>> {
  const args = ['--find', '--show', '--read-only', '--sector-size', String(sectorBytes), file]
  const { exitCode, output, problem, lastLines } = await superviseCommand('losetup', args, { signal: run.signal })
  if (exitCode !== 0) return { kind: 'unavailable', reason: problem ?? lastLines.join(' ') }
  const devicePath = output[0]!.trim()
  try {
    return { kind: 'done', result: await work(devicePath) }
  } finally {
    // Whatever happened, and also after an abort: a device that stays would hold the file.
    await superviseCommand('partx', ['--delete', devicePath], { signal: AbortSignal.timeout(60_000) })
    await release('losetup', ['--detach', devicePath])
  }
}
