// Makes building an ext4 repeatable, so that the next version of an image shares its chunks. Starts blkid, taskset, tune2fs, debugfs; writes to partitions and /sys.
//
// Measured with 12,800 files in 290 chunks of 1 MiB, the same archive unpacked twice: with the kernel's own habits 85 % of the
// chunks differ, as below 6 %. What is left are inode tables and directories, where times and random generations stand.
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Run } from '../machine.ts'
import { FIXED_TIME, FIXED_TIME_ENVIRONMENT } from './mkfs.ts'
import { runCommand, superviseCommand } from './run-command.ts'

/** An archive is written in the order and the pieces of the archive: blocks are chosen then and there, not whenever memory is flushed. */
export const MOUNT_OPTIONS = ['-o', 'nodelalloc']

export async function isExt4(partitionPath: string, { signal }: Run): Promise<boolean> {
  const { output } = await superviseCommand('blkid', ['-p', '-o', 'value', '-s', 'TYPE', partitionPath], { signal })
  return output[0]?.trim() === 'ext4'
}

/** Each processor has a place of its own for small files: a command that moves between them scatters what it writes. */
export function onOneProcessor(file: string, args: readonly string[]): [string, string[]] {
  return ['taskset', ['1', file, ...args]]
}

/**
 * A script writes in pieces that chance decides (pipes), and may need all processors. So blocks are chosen when all of a file is
 * known, and files of any size get their place by their inode, as only large ones do otherwise. That costs some room between
 * them, hence not for archives.
 */
export async function asScriptsWrite(partitionPaths: Iterable<string>, run: Run, work: () => Promise<void>): Promise<void> {
  const paths = [...partitionPaths]
  const switches = paths.map((path) => `/sys/fs/ext4/${basename(path)}/mb_stream_req`)
  const before = await Promise.all(switches.map((path) => readFile(path, 'utf8').catch(() => undefined)))
  const write = (path: string, value: string | undefined) => writeFile(path, value ?? '').catch(() => undefined)
  // There is no way back to nodelalloc while it is mounted; a later archive is only laid out less alike.
  for (const path of paths) await superviseCommand('mount', ['-o', 'remount,delalloc', path], { signal: run.signal })
  await Promise.all(switches.map((path) => write(path, '0')))
  try {
    await work()
    await runCommand('sync', [], { signal: run.signal })
  } finally {
    await Promise.all(switches.map((path, index) => write(path, before[index])))
  }
}

/** What the superblock, and its copies all over the partition, tell about this build and nobody needs to know. */
const SUPERBLOCK = [
  ...['mtime', 'wtime', 'lastcheck'].map((field) => `set_super_value ${field} @${FIXED_TIME}`),
  'set_super_value mnt_count 0',
  'set_super_value kbytes_written 0',
]

/** To be called when it is no longer mounted. The journal counts as used, and holds what happened meanwhile: a new one holds nothing. Never fails. */
export async function forgetBuild(partitionPath: string, { signal, log }: Run): Promise<void> {
  const options = { signal, environment: FIXED_TIME_ENVIRONMENT }
  try {
    await runCommand('tune2fs', ['-O', '^has_journal', partitionPath], options)
    await runCommand('debugfs', ['-w', '-f', '-', partitionPath], { ...options, input: `${SUPERBLOCK.join('\n')}\n` })
    await runCommand('tune2fs', ['-j', partitionPath], options)
  } catch (error) {
    log(`${partitionPath} keeps the traces of its building: ${error instanceof Error ? error.message : String(error)}`)
  }
}
