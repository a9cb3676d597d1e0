// Keeps the network first in the firmware's boot order. Starts efibootmgr; writes UEFI variables.
import { existsSync } from 'node:fs'
import type { Run } from '../machine.ts'
import { networkFirst, parseBootOrder } from './boot-order.ts'
import { runCommand } from './run-command.ts'

/**
 * Installers put their own entry first, and the machine is never heard of again. A firmware that refuses to be told is a
 * line in the log, not a failure: the image is on the disk either way.
 */
export async function keepNetworkFirst({ signal, log }: Run): Promise<void> {
  if (!existsSync('/sys/firmware/efi/efivars')) return
  try {
    const now = parseBootOrder(await runCommand('efibootmgr', [], { signal }))
    const wanted = now && networkFirst(now)
    if (wanted === undefined) return
    await runCommand('efibootmgr', ['--quiet', '--bootorder', wanted.join(',')], { signal })
    log(`boot order is ${wanted.join(', ')} again: the network comes first`)
  } catch (error) {
    log(`the boot order could not be looked at: ${error instanceof Error ? error.message : String(error)}`)
  }
}
