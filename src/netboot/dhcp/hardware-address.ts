// Which network card asks, as its MAC: from the hardware address, or from what stands for it where that is none of six bytes. Pure.
import { OPTION } from './option-codes.ts'
import type { DhcpPacket } from './packet.ts'

const ETHERNET = 1
const INFINIBAND = 32
const MAC_BYTES = 6
const GUID_BYTES = 8

/**
 * 52:54:00:12:34:56. Hardware of another kind: as many pairs as its address has, which no boot file is offered to (isMac).
 * Empty when the packet does not tell.
 */
export function clientMac({ hardwareType, hardwareAddress, options }: DhcpPacket): string {
  if (hardwareAddress.length === MAC_BYTES) return hexPairs(hardwareAddress)
  const clientId = options.get(OPTION.clientId)
  if (hardwareType === INFINIBAND) return infinibandMac(hardwareAddress, clientId)
  // A client id of type 1 is a MAC (RFC 2132 §9.14).
  if (hardwareAddress.length === 0 && clientId?.length === 1 + MAC_BYTES && clientId[0] === ETHERNET)
    return hexPairs(clientId.subarray(1))
  // Some ROMs announce the whole field.
  const isPadded = hardwareType === ETHERNET && hardwareAddress.subarray(MAC_BYTES).every((byte) => byte === 0)
  return hexPairs(isPadded ? hardwareAddress.subarray(0, MAC_BYTES) : hardwareAddress)
}

/** Whether files and scripts can be named after it. */
export function isMac(text: string): boolean {
  return /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text)
}

/**
 * InfiniBand sends no hardware address but a client id (RFC 4390 §2.1), which ends in the GUID of the port, or the GUID itself.
 * Its MAC is the GUID without the two bytes in the middle, as iPXE, FlexBoot and the kernel's drivers make it.
 */
function infinibandMac(hardwareAddress: Uint8Array, clientId: Uint8Array | undefined): string {
  const guid =
    hardwareAddress.length >= GUID_BYTES ? hardwareAddress : clientId !== undefined && endsInGuid(clientId) ? clientId : undefined
  if (guid === undefined) return hexPairs(hardwareAddress)
  const bytes = guid.subarray(-GUID_BYTES)
  return hexPairs(Uint8Array.of(bytes[0]!, bytes[1]!, bytes[2]!, bytes[5]!, bytes[6]!, bytes[7]!))
}

const RFC_4361 = 255
const DUID_AT = 5
const DUID_UUID = 4

/** Not one that is a UUID (RFC 6355): its end is no GUID. Nor one that is too short to hold a GUID and its type. */
function endsInGuid(clientId: Uint8Array): boolean {
  if (clientId.length <= GUID_BYTES) return false
  const isUuid = clientId[0] === RFC_4361 && clientId[DUID_AT] === 0 && clientId[DUID_AT + 1] === DUID_UUID
  return !isUuid
}

function hexPairs(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (text === '' ? '' : ':') + HEX[byte]
  return text
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
