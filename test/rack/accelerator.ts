// KVM or emulation: decided by a guest that really booted, since /dev/kvm also exists where guests hang. Touches QEMU, a cache file.
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OwnedProcess, run } from './owned-process.ts'
import type { Accelerator } from './qemu-arguments.ts'

/** With KVM the kernel gets this far in two seconds. */
const PROBE_TIMEOUT_MS = 15_000
/** Without an initrd a kernel starts its processors, memory and devices, then finds no root filesystem. */
const BOOTED = /Kernel panic - not syncing: VFS/

/** The answer holds until the machine restarts or QEMU or the kernel change. */
export async function chooseAccelerator(kernel: string, cacheDir: string): Promise<Accelerator> {
  if (!hasKvm()) return 'tcg'
  const file = join(cacheDir, 'accelerator.json')
  const circumstances = await circumstancesOf(kernel)
  const known = readKnown(file)
  if (known?.circumstances === circumstances) return known.accelerator
  const accelerator = (await guestBoots(kernel, cacheDir)) ? 'kvm' : 'tcg'
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ circumstances, accelerator })}\n`)
  return accelerator
}

function hasKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function guestBoots(kernel: string, cacheDir: string): Promise<boolean> {
  mkdirSync(cacheDir, { recursive: true })
  const words = ['-nodefaults', '-display', 'none', '-machine', 'q35,graphics=off', '-accel', 'kvm', '-cpu', 'host']
  words.push('-smp', '2', '-m', '512', '-no-reboot', '-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console')
  words.push('-kernel', kernel, '-append', 'console=ttyS0 panic=-1')
  const guest = new OwnedProcess('qemu-system-x86_64', words, { logFile: join(cacheDir, 'accelerator.log') })
  let said = ''
  guest.onOutput((bytes) => {
    said += bytes.toString('latin1')
  })
  const end = new AbortController()
  await Promise.race([guest.ended, delay(PROBE_TIMEOUT_MS, undefined, { signal: end.signal }).catch(() => {})])
  end.abort()
  await guest.kill()
  return BOOTED.test(said)
}

async function circumstancesOf(kernel: string): Promise<string> {
  const { size, mtimeMs } = statSync(kernel)
  const version = (await run('qemu-system-x86_64', ['--version'])).split('\n')[0]
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${version} ${size} ${mtimeMs}`
}

function readKnown(file: string): { circumstances: string; accelerator: Accelerator } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { circumstances: string; accelerator: Accelerator }
  } catch {
    return undefined
  }
}
