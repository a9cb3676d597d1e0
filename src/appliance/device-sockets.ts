// Starts this same process anew with sockets that are tied to their network interfaces. Node cannot tie a socket to a device; without
// that, a broadcast does not tell by which interface it came in. A small program opens them and hands them over as systemd would.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

/** Does not return when it can: the process goes on as its own successor, under the same number. */
export function restartWithSockets(names: readonly string[], environment: Readonly<Record<string, string | undefined>>): void {
  if (names.length === 0) return
  if (process.execve === undefined || !existsSync(PERL)) return
  const wanted = names.map((name) => `${name}=${DHCP_PORT}`)
  const [script = '', ...words] = process.argv.slice(1)
  const program = [process.execPath, ...process.execArgv, script, ...words]
  process.execve(PERL, [PERL, OPENER, ...wanted, '--', ...program], { ...environment })
}
