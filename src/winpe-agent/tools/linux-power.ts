// Restart, power off, start of another kernel under Linux. Starts sync, reboot and kexec; the machine goes down.
import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { KernelFiles, Run } from '../machine.ts'
import { runCommand } from './run-command.ts'

const SYNC_TIMEOUT_MS = 120_000
const DOWN_WAIT_MS = 10_000

export const restart = (): Promise<void> => goDown(['reboot', '-f'], 'b')
export const powerOff = (): Promise<void> => goDown(['poweroff', '-f'], 'o')

export async function loadKernel({ kernelPath, initrdPath, commandLine }: KernelFiles, run: Run): Promise<void> {
  const initrd = initrdPath === undefined ? [] : [`--initrd=${initrdPath}`]
  await runCommand('kexec', ['--load', kernelPath, ...initrd, `--command-line=${commandLine}`], run)
}

/** By the firmware, without the loaded kernel, should the jump fail. */
export const startKernel = (): Promise<void> => goDown(['kexec', '--exec'], 'b')

/** There is no init system to ask: the program calls the kernel at once; the magic key does it where the program fails. */
async function goDown([file, ...args]: readonly [string, ...string[]], magicKey: 'b' | 'o'): Promise<void> {
  await runCommand('sync', [], { signal: AbortSignal.timeout(SYNC_TIMEOUT_MS) }).catch(() => undefined)
  await runCommand(file, args, { signal: AbortSignal.timeout(DOWN_WAIT_MS) }).catch(() => undefined)
  await pause(DOWN_WAIT_MS)
  writeFileSync('/proc/sysrq-trigger', magicKey)
}
