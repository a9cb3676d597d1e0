// Tells the kernel what the partition table of a disk says now. Starts partx.
import { AppError } from '../../contract/errors.ts'
import type { Run } from '../machine.ts'
import { partitionsInSysfs } from './partitions-in-sysfs.ts'
import { superviseCommand } from './run-command.ts'

/**
 * partx rather than a reread by the kernel: it also works where loop devices do not scan by themselves, and while another
 * partition is in use. With numbers: it stops at the count of partitions otherwise, and misses the last where numbers have gaps.
 */
export async function announcePartitions(devicePath: string, run: Run): Promise<void> {
  await update(devicePath, run)
  if (await isAsTheTableSays(devicePath, run)) return
  // An old logical partition lies across a new one: partx then leaves both wrong, and says that all is well.
  await superviseCommand('partx', ['--delete', '--nr', '1:256', devicePath], { signal: run.signal })
  await update(devicePath, run)
}

async function update(devicePath: string, { signal }: Run): Promise<void> {
  const { exitCode, problem, lastLines } = await superviseCommand('partx', ['--update', '--nr', '1:256', devicePath], { signal })
  if (exitCode === 0) return
  // A disk without a table has no partitions, whatever the kernel remembers of an earlier one.
  if (lastLines.some((line) => /failed to read partition table/.test(line))) {
    await superviseCommand('partx', ['--delete', '--nr', '1:256', devicePath], { signal })
    return
  }
  throw new AppError(
    'AGENT_COMMAND_FAILED',
    [`partx cannot tell the kernel of the partitions of ${devicePath}: ${problem ?? `exit code ${exitCode}`}`, ...lastLines].join(
      '\n',
    ),
    'A partition of the disk is in use: `lsblk` tells by whom. Restart the machine; the job goes on by itself.',
  )
}

/** By number and beginning; of an extended partition the kernel shows two sectors, whatever its size is. */
async function isAsTheTableSays(devicePath: string, { signal }: Run): Promise<boolean> {
  const args = ['--raw', '--noheadings', '--output', 'NR,START', devicePath]
  const { exitCode, output } = await superviseCommand('partx', args, { signal })
  if (exitCode !== 0) return true
  const wanted = output.map((line) => line.trim()).filter((line) => line !== '')
  const there = (await partitionsInSysfs(devicePath)).map(({ number, startBytes }) => `${number} ${startBytes / 512}`)
  return wanted.length === there.length && wanted.every((line) => there.includes(line))
}
