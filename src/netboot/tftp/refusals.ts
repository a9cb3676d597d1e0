// Why a request is refused: in full for us, in a few words on the wire. A forged request must not bring much to whom it was forged for. Pure.
import { type ReadRequest, TFTP_ERROR } from './packet.ts'

export type Refusal = 'not-found' | 'outside' | 'too-large' | 'write' | 'netascii' | 'mode' | 'busy' | 'busy-client'

interface Told {
  readonly code: number
  readonly wire: string
  readonly reason: string
}

export const REFUSALS: Readonly<Record<Refusal, Told>> = {
  'not-found': { code: TFTP_ERROR.notFound, wire: 'no such file', reason: 'no such file' },
  outside: { code: TFTP_ERROR.accessViolation, wire: 'not served', reason: 'not inside the folder of loaders' },
  'too-large': { code: TFTP_ERROR.accessViolation, wire: 'too large', reason: 'larger than this server sends by TFTP' },
  write: { code: TFTP_ERROR.accessViolation, wire: 'read only', reason: 'this server only reads' },
  netascii: {
    code: TFTP_ERROR.illegalOperation,
    wire: 'octet mode only',
    reason: 'netascii would change the file: ask for it in octet (binary) mode',
  },
  mode: { code: TFTP_ERROR.illegalOperation, wire: 'octet mode only', reason: 'an unknown mode: ask in octet (binary) mode' },
  busy: { code: TFTP_ERROR.undefined, wire: 'busy, ask again', reason: 'too many transfers at once: ask again' },
  'busy-client': { code: TFTP_ERROR.undefined, wire: 'busy, ask again', reason: 'too many transfers of one machine at once' },
}

export function modeRefusal({ mode }: ReadRequest): Refusal | undefined {
  if (mode === 'octet') return undefined
  return mode === 'netascii' ? 'netascii' : 'mode'
}
