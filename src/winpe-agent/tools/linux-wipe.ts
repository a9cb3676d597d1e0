// Has a drive erase itself. Starts nvme-cli, hdparm and blkdiscard: what the disk held is gone.
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import type { WipeMethod } from '../../contract/wipe.ts'
import type { Run } from '../machine.ts'
import type { WipeTools } from '../steps/wipe.ts'
import { runCommand } from './run-command.ts'
import { wipeAbilities } from './wipe-abilities.ts'

export const linuxWipe: WipeTools = { abilities: wipeAbilities, erase }

async function erase(devicePath: string, method: Exclude<WipeMethod, 'overwrite'>, run: Run): Promise<void> {
  switch (method) {
    case 'nvme-sanitize-block':
      return sanitize(devicePath, 'start-block-erase', run)
    case 'nvme-sanitize-crypto':
      return sanitize(devicePath, 'start-crypto-erase', run)
    case 'nvme-format':
      return format(devicePath, '1', run)
    case 'nvme-format-crypto':
      return format(devicePath, '2', run)
    case 'ata-secure-erase':
      return secureErase(devicePath, '--security-erase', run)
    case 'ata-secure-erase-enhanced':
      return secureErase(devicePath, '--security-erase-enhanced', run)
    case 'discard':
      await runCommand('blkdiscard', ['--force', devicePath], run)
  }
}

/** The namespace keeps its sector size: without --lbaf nvme-cli takes that which it has. --force: it would wait for ten seconds. */
async function format(devicePath: string, how: string, run: Run): Promise<void> {
  await runCommand('nvme', ['format', devicePath, `--ses=${how}`, '--force', `--timeout=${NVME_TIMEOUT_MS}`], run)
}

const NVME_TIMEOUT_MS = 24 * 3_600_000
const SANITIZE_POLL_MS = 2000
/** Sanitize Status, bits 0 to 2 (NVM Express Base 2.0, figure 231). */
const SANITIZED = [1, 4]
const SANITIZING = 2

/** The whole subsystem, with what it keeps to itself; it goes on by itself, and its log says how far it is. */
async function sanitize(devicePath: string, action: string, run: Run): Promise<void> {
  const controller = devicePath.replace(/n\d+$/, '')
  await runCommand('nvme', ['sanitize', controller, `--sanact=${action}`], run)
  for (;;) {
    const answer = await runCommand('nvme', ['sanitize-log', controller, '--output-format=json'], { signal: run.signal })
    const state = sanitizeState(answer)
    if (SANITIZED.includes(state)) return
    if (state !== SANITIZING)
      throw new AppError(
        'AGENT_COMMAND_FAILED',
        `${controller} could not sanitize itself (status ${state})`,
        'The drive takes no further command until it could: run `nvme sanitize` by hand, or replace it.',
      )
    await pause(SANITIZE_POLL_MS, undefined, { signal: run.signal })
  }
}

/** One object, or one below the name of the device, by the version of nvme-cli. */
export function sanitizeState(text: string): number {
  const answer = JSON.parse(text) as Record<string, unknown>
  const log = 'sstat' in answer ? answer : ((Object.values(answer)[0] ?? {}) as Record<string, unknown>)
  const status = log.sstat
  const value = typeof status === 'object' && status !== null ? Object.values(status)[0] : status
  return Number(value) & 7
}

/** Only for as long as the erase takes; the drive forgets it with the erase. */
const PASSWORD = 'platen'

async function secureErase(devicePath: string, how: string, run: Run): Promise<void> {
  await runCommand('hdparm', ['--user-master', 'u', '--security-set-pass', PASSWORD, devicePath], run)
  try {
    await runCommand('hdparm', ['--user-master', 'u', how, PASSWORD, devicePath], run)
  } catch (error) {
    // A drive that keeps the password is one that nobody can use any more.
    const over = { ...run, signal: AbortSignal.timeout(60_000) }
    await runCommand('hdparm', ['--user-master', 'u', '--security-disable', PASSWORD, devicePath], over).catch(() => undefined)
    throw error
  }
}
