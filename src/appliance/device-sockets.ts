// Sockets that are tied to their network interfaces. Node cannot tie a socket to a device; without that, a broadcast does not tell by
// which interface it came in. A small program opens them and hands them over as systemd would, to the process that goes on.
import { spawn } from 'node:child_process'
import type { Socket } from 'node:dgram'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../contract/errors.ts'
import type { HandedSockets } from '../netboot/index.ts'
import { PROGRAM_DIR } from './folders.ts'
import type { ApplianceConfig } from './resolve.ts'

const DHCP_PORT = 67
const OPENER = join(PROGRAM_DIR, 'bin', 'platen-sockets')
const PERL = '/usr/bin/perl'

/** The interfaces that answer DHCP, when nobody handed a socket over for any of them. */
export function interfacesWithoutSocket({ interfaces }: ApplianceConfig, handed: HandedSockets): readonly string[] {
  const answering = interfaces.filter(({ mode }) => mode !== 'off').map(({ name }) => name)
  // A second address of a device (eth0:1) is no device.
  return Object.keys(handed).length > 0 || answering.some((name) => name.includes(':')) ? [] : answering
}

/** The words that start the opener before those of a program; none when there is nothing to open, or nothing to open it with. */
export function wordsToOpen(names: readonly string[]): readonly string[] {
  if (names.length === 0 || !existsSync(PERL)) return []
  return [PERL, OPENER, ...names.map((name) => `${name}=${DHCP_PORT}`), '--']
}

/** Where the opener leaves the way back free: it hands its sockets over from 3 on. */
const WAY_BACK = 20

/**
 * For an interface that was made anew while we run: the same small program opens its sockets, and a Node of our own hands them back.
 * Rejects with NETBOOT_INTERFACE_UNUSABLE.
 */
export async function openOnDevice(name: string, ports: readonly number[]): Promise<ReadonlyMap<number, Socket>> {
  if (!existsSync(PERL)) throw unusable(name, `${PERL} is not there`)
  const program = [process.execPath, join(import.meta.dirname, 'hand-back-sockets.ts'), String(ports.length)]
  const words = [OPENER, '--shared', `${name}=${ports.join(',')}`, '--', ...program]
  const ignored = Array.from({ length: WAY_BACK - 3 }, () => 'ignore' as const)
  const child = spawn(PERL, words, { stdio: ['ignore', 'ignore', 'pipe', ...ignored, 'ipc'] })
  const opened = new Map<number, Socket>()
  let said = ''
  child.stderr!.on('data', (text) => {
    said += String(text)
  })
  child.on('message', (_message, socket) => {
    const handed = socket as unknown as Socket
    handed.on('error', () => {})
    opened.set(handed.address().port, handed)
  })
  const lastCame = new Promise((disconnected) => child.once('disconnect', disconnected))
  const problem = await new Promise<string | undefined>((ended) => {
    child.once('error', ({ message }) => ended(message))
    child.once('close', (code) => ended(code === 0 ? undefined : said.trim() || `it ended with ${code}`))
  })
  if (problem === undefined) await lastCame
  if (problem === undefined && opened.size === ports.length) return opened
  for (const socket of opened.values()) socket.close()
  throw unusable(name, problem ?? `only ${opened.size} of ${ports.length} sockets came`)
}

function unusable(name: string, problem: string): AppError {
  return new AppError(
    'NETBOOT_INTERFACE_UNUSABLE',
    `the sockets of ${name} cannot be opened anew: ${problem}`,
    `Start the appliance again, and its socket unit where systemd opened them: systemctl restart platen-netboot@${name}.socket platen.service`,
  )
}
