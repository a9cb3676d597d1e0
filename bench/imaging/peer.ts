// What people use today: partclone with zstd, as FOG and Clonezilla run it; fsync counted.
import { stat } from 'node:fs/promises'
import type { AttachedDisk } from './filled-disk.ts'
import type { FilesystemCase } from './options.ts'
import { sh, timed } from './shell.ts'

export interface PeerResult {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly storedBytes: number
}

// -q -B: without its progress display, which sleeps between its lines.
const QUIET = '-q -B -L /dev/null'

export async function peerCapture(disk: AttachedDisk, filesystem: FilesystemCase, file: string): Promise<PeerResult> {
  const run = await measured(
    `partclone.${filesystem} -c ${QUIET} -s ${disk.partition} -o - 2>/dev/null | zstd -3 -T0 -q -f -o ${file}; sync ${file}`,
  )
  return { ...run, storedBytes: (await stat(file)).size }
}

export async function peerRestore(disk: AttachedDisk, file: string): Promise<PeerResult> {
  const run = await measured(
    `zstd -dc -q ${file} | partclone.restore ${QUIET} -s - -o ${disk.partition} 2>/dev/null; sync ${disk.path} ${disk.file}`,
  )
  return { ...run, storedBytes: (await stat(file)).size }
}

/** The second line of the shell's `times` has what its finished children used. */
async function measured(command: string): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const { seconds, value } = await timed(() => sh(`${command}; times`))
  const cpu = [
    ...value
      .split('\n')
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest))
  return { seconds, cpuSeconds: cpu.reduce((sum, part) => sum + part, 0) }
}
