// One line a step for people: who asked, what it is, what was decided and why. Pure.
import type { NetbootEvent } from './events.ts'
import { UNPROVEN } from './token-standing.ts'

export function eventLine(event: NetbootEvent): string {
  switch (event.type) {
    case 'dhcp.answered': {
      const what = [event.address, event.bootFile].filter((part) => part !== undefined).join(', ')
      const relay = event.relayAgentIp === undefined ? '' : ` through relay ${event.relayAgentIp}`
      return `${event.mac} (${event.client}) ${event.asked}${relay} -> ${event.answered}${what === '' ? '' : ` ${what}`}: ${event.why}`
    }
    case 'dhcp.ignored':
      return `${event.mac} (${event.client}) ${event.asked} -> no answer: ${event.reason}`
    case 'dhcp.malformed':
      return `a packet from ${event.from} was ignored: ${event.message}`
    case 'dhcp.odd-option':
      return `${event.mac} sends an odd option, read as well as it could be: ${event.options.join('; ')}`
    case 'dhcp.pool-full':
      return `${event.mac} gets no address: every address of ${event.network} is in use`
    case 'dhcp.address-declined':
      return `${event.mac} found ${event.address} in use; set aside for ten minutes`
    case 'dhcp.address-found-in-use':
      return `${event.address} answers although nobody was given it; set aside for ten minutes`
    case 'dhcp.foreign-server-seen':
      return `another DHCP server, ${event.server}, offers ${event.offered} on ${event.interfaceName}`
    case 'dhcp.lease-lost':
      return `line ${event.line} of ${event.path} is lost (NETBOOT_LEASES_UNREADABLE): ${event.reason}; the file is kept as ${event.path}.damaged`
    case 'dhcp.started':
      return `${event.interfaceName} (${event.address}): DHCP mode ${event.mode}`
    case 'dhcp.interface-lost':
      return `nobody is served on ${event.interfaceName} (${event.address}): ${event.reason}`
    case 'dhcp.interface-back':
      return `${event.interfaceName} (${event.address}) is back and served again`
    case 'loader.changed':
      return `${event.mac} fetched the ${event.from} loader and never called back; it gets ${event.to} next`
    case 'tftp.started':
      return `${event.from} fetches ${event.file} by TFTP (${event.sizeBytes} bytes, blocks of ${event.blockSizeBytes}, window ${event.windowBlocks})`
    case 'tftp.finished':
      return `${event.from} has ${event.file}: ${speed(event.sizeBytes, event.durationMs)}, ${event.resentBlocks} blocks sent again`
    case 'tftp.failed':
      return `${event.from} did not finish ${event.file} after ${event.sentBytes} bytes: ${event.reason}`
    case 'tftp.size-told':
      return `${event.from} asked for the size of ${event.file}: ${event.sizeBytes} bytes`
    case 'tftp.refused':
      return `${event.from} was refused ${event.file}: ${event.reason}`
    case 'script.answered':
      return `${event.mac} (${event.from}) asked what to boot -> ${event.answer}`
    case 'script.unproven':
      return `${event.mac} gets no boot token at ${event.from}: ${UNPROVEN[event.reason].seen} (${event.reason})`
    case 'http.file-sent':
      return `${event.from} has ${event.file}: ${speed(event.sentBytes, event.durationMs)}`
    case 'http.refused':
      return `${event.from} was refused ${event.path}: ${event.reason}`
  }
}

/** What somebody should look at, as opposed to the ordinary course of a boot. */
export function isWarning({ type }: NetbootEvent): boolean {
  return WARNINGS.has(type)
}

const WARNINGS: ReadonlySet<NetbootEvent['type']> = new Set([
  'dhcp.pool-full',
  'dhcp.address-declined',
  'dhcp.address-found-in-use',
  'dhcp.foreign-server-seen',
  'dhcp.interface-lost',
  'loader.changed',
  'script.unproven',
  'tftp.failed',
] as const)

function speed(bytes: number, durationMs: number): string {
  return `${bytes} bytes in ${durationMs} ms (${(bytes / 1e3 / Math.max(durationMs, 1)).toFixed(1)} MB/s)`
}
