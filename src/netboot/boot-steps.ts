// What happened on the wire as one step of the boot of one machine, in words. Pure.
import type { BootStep, StepVerdict } from '../contract/boot-steps.ts'
import type { NetbootEvent } from './events.ts'
import { UNPROVEN } from './token-standing.ts'

/** Whose step it is: the machine with this MAC, or whoever has this address. */
export interface StepOfBoot {
  readonly mac?: string
  readonly address?: string
  readonly step: BootStep
}

const ANSWERS = {
  'local-disk': 'start from its own disk',
  'boot-os': 'start the boot OS',
  kernel: 'start a kernel that a job names',
  wait: 'wait and ask again',
} as const

/** More of a file than this was sent twice: the line loses packets. */
const ODD_SHARE_RESENT = 0.02

/** undefined: it is no step of a boot. */
export function stepOf(event: NetbootEvent): StepOfBoot | undefined {
  switch (event.type) {
    case 'dhcp.answered': {
      const { mac, address, client, asked, answered, bootFile, why, relayAgentIp } = event
      const given = [address, bootFile && `loader ${bootFile}`].filter(Boolean).join(', ')
      const relay = relayAgentIp === undefined ? '' : ` through relay ${relayAgentIp}`
      const says = `${client} asked (${asked})${relay}: ${answered}${given === '' ? '' : ` ${given}`}; ${why}`
      const verdict = answered === 'nak' ? 'odd' : 'good'
      return { mac, ...(address === undefined ? {} : { address }), step: stepAt(event, 'dhcp', verdict, says) }
    }
    case 'dhcp.ignored':
      return ofMac(event, 'odd', `${event.client} asked (${event.asked}) and got no answer: ${event.reason}`)
    case 'dhcp.odd-option':
      return ofMac(event, 'odd', `it sent an odd option, read as well as it could be: ${event.options.join('; ')}`)
    case 'dhcp.pool-full':
      return ofMac(event, 'bad', `it got no address: every address of ${event.network} is in use`)
    case 'dhcp.address-declined':
      return ofMac(event, 'odd', `it found its address ${event.address} in use; it gets another one`)
    case 'loader.changed':
      return ofMac(event, 'odd', `it fetched the ${event.from} loader and never called back; it gets ${event.to} next`)
    case 'tftp.finished': {
      const { sizeBytes, durationMs, resentBlocks, file } = event
      const again = resentBlocks === 0 ? '' : `, ${resentBlocks} blocks sent again`
      const isLossy = resentBlocks > 10 && resentBlocks * 1024 > sizeBytes * ODD_SHARE_RESENT
      return ofAddress(event, 'tftp', isLossy ? 'odd' : 'good', `it has ${file}: ${amount(sizeBytes, durationMs)}${again}`)
    }
    case 'tftp.failed':
      return ofAddress(event, 'tftp', 'bad', `it did not finish ${event.file} after ${event.sentBytes} bytes: ${event.reason}`)
    case 'tftp.size-told':
      return ofAddress(event, 'tftp', 'good', `it asked for the size of ${event.file}: ${megabytes(event.sizeBytes)}`)
    case 'tftp.refused':
      return ofAddress(event, 'tftp', 'bad', `it was refused ${event.file}: ${event.reason}`)
    case 'http.file-sent':
      return ofAddress(event, 'http', 'good', `it has ${event.file}: ${amount(event.sentBytes, event.durationMs)}`)
    case 'http.refused':
      return ofAddress(event, 'http', 'bad', `it was refused ${event.path}: ${event.reason}`)
    case 'script.answered': {
      const { mac, from, answer, isAgain } = event
      const says = `it asked what to boot${isAgain ? ' once more' : ''}: ${ANSWERS[answer]}`
      return { mac, address: from, step: stepAt(event, 'http', 'good', says) }
    }
    case 'script.unproven':
      return {
        mac: event.mac,
        step: stepAt(event, 'http', 'bad', `it gets no token at ${event.from}: ${UNPROVEN[event.reason].seen}`),
      }
    default:
      return undefined
  }
}

function ofMac(event: NetbootEvent & { readonly mac: string }, verdict: StepVerdict, says: string): StepOfBoot {
  return { mac: event.mac, step: stepAt(event, 'dhcp', verdict, says) }
}

function ofAddress(
  event: NetbootEvent & { readonly from: string },
  by: BootStep['by'],
  verdict: StepVerdict,
  says: string,
): StepOfBoot {
  return { address: event.from, step: stepAt(event, by, verdict, says) }
}

const stepAt = ({ at }: NetbootEvent, by: BootStep['by'], verdict: StepVerdict, says: string): BootStep => ({
  at,
  by,
  verdict,
  says,
})

const megabytes = (bytes: number): string => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

function amount(bytes: number, durationMs: number): string {
  const seconds = (durationMs / 1e3).toFixed(1)
  return `${megabytes(bytes)} in ${seconds} s (${(bytes / 1e3 / Math.max(durationMs, 1)).toFixed(1)} MB/s)`
}
