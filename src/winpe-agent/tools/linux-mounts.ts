// Mounts of the image under construction. Starts mount, umount, sync; reads /proc/self/mounts.
import { mkdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import type { Mount, Run } from '../machine.ts'
import { pathInside } from '../steps/inside.ts'
import { RELEASE_PAUSE_MS, RELEASE_TRIES } from './release.ts'
import { isExt4, MOUNT_OPTIONS } from './repeatable-ext4.ts'
import { runCommand, superviseCommand } from './run-command.ts'

export async function mountPartition({ partitionPath, at }: Mount, root: string, run: Run): Promise<'ext4' | 'other'> {
  const path = await pathInside(root, at)
  await mkdir(path, { recursive: true })
  run.log(`mounting ${partitionPath} at ${at}`)
  const kind = (await isExt4(partitionPath, run)) ? 'ext4' : 'other'
  await runCommand('mount', [...(kind === 'ext4' ? MOUNT_OPTIONS : []), partitionPath, path], run)
  return kind
}

/** Deepest first, until nothing is left; what a script left running inside may need a moment to end. */
export async function unmountBelow(directory: string, run: Run): Promise<void> {
  for (let tries = 0; ; tries++) {
    const mounted = await mountsBelow(directory)
    if (mounted.length === 0) break
    let problem = ''
    for (const path of mounted) {
      const end = await superviseCommand('umount', [path], { signal: run.signal })
      if (end.exitCode !== 0) problem = end.lastLines.join(' ')
    }
    if (problem === '') continue
    if (tries === RELEASE_TRIES) {
      throw new AppError(
        'AGENT_COMMAND_FAILED',
        `the image cannot be unmounted: ${problem}`,
        'A script of the profile left a program running inside the image: end it in the script, then post the job again.',
      )
    }
    await pause(RELEASE_PAUSE_MS, undefined, { signal: run.signal })
  }
  await runCommand('sync', [], { signal: run.signal })
}

async function mountsBelow(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n')
  const paths = lines.map((line) =>
    (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
  )
  return paths.filter((path) => path === directory || path.startsWith(`${directory}/`)).reverse()
}
