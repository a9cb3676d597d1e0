// What people use today: partclone with zstd, as FOG and Clonezilla run it; fsync counted.
import { stat } from 'node:fs/promises'
import type { AttachedDisk } from './filled-disk.ts'
import type { FilesystemCase } from './options.ts'
import { sh, timed } from './shell.ts'

export interface PeerResult {
  readonly seconds: number
  readonly storedBytes: number
}

// -q -B: without its progress display, which sleeps between its lines.
const QUIET = '-q -B -L /dev/null'

export async function peerCapture(disk: AttachedDisk, filesystem: FilesystemCase, file: string): Promise<PeerResult> {
  const { seconds } = await timed(() =>
    sh(`partclone.${filesystem} -c ${QUIET} -s ${disk.partition} -o - 2>/dev/null | zstd -3 -T0 -q -f -o ${file}; sync ${file}`),
  )
  return { seconds, storedBytes: (await stat(file)).size }
}

export async function peerRestore(disk: AttachedDisk, file: string): Promise<{ readonly seconds: number }> {
  return timed(() =>
    sh(`zstd -dc -q ${file} | partclone.restore ${QUIET} -s - -o ${disk.partition} 2>/dev/null; sync ${disk.path}`),
  )
}
