// DHCP packets of clients, as short as a test wants them.

import { ipv4Bytes, parseIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { textBytes } from '../../src/netboot/dhcp/option-values.ts'
import { type DhcpPacket, MESSAGE, type MessageName } from '../../src/netboot/dhcp/packet.ts'

export interface PacketSketch {
  readonly mac?: string
  readonly clientIp?: string
  readonly relayAgentIp?: string
  readonly flags?: number
  readonly requestedIp?: string
  readonly serverId?: string
  readonly vendorClass?: string
  readonly architecture?: number
  readonly userClass?: string
  readonly options?: readonly (readonly [number, Uint8Array])[]
}

export function requestPacket(message: MessageName, sketch: PacketSketch = {}): DhcpPacket {
  const options = new Map<number, Uint8Array>([[OPTION.messageType, Uint8Array.of(MESSAGE[message])]])
  if (sketch.requestedIp !== undefined) options.set(OPTION.requestedIp, ipv4Bytes(parseIpv4(sketch.requestedIp)))
  if (sketch.serverId !== undefined) options.set(OPTION.serverId, ipv4Bytes(parseIpv4(sketch.serverId)))
  if (sketch.vendorClass !== undefined) options.set(OPTION.vendorClass, textBytes(sketch.vendorClass))
  if (sketch.architecture !== undefined) options.set(OPTION.clientArchitecture, Uint8Array.of(0, sketch.architecture))
  if (sketch.userClass !== undefined) options.set(OPTION.userClass, textBytes(sketch.userClass))
  for (const [code, value] of sketch.options ?? []) options.set(code, value)
  return {
    op: 'request',
    hardwareType: 1,
    hops: 0,
    transactionId: 0x12345678,
    secondsElapsed: 0,
    flags: sketch.flags ?? 0,
    clientIp: parseIpv4(sketch.clientIp ?? '0.0.0.0'),
    yourIp: 0,
    nextServerIp: 0,
    relayAgentIp: parseIpv4(sketch.relayAgentIp ?? '0.0.0.0'),
    hardwareAddress: Buffer.from((sketch.mac ?? '52:54:00:00:00:0a').replaceAll(':', ''), 'hex'),
    serverName: '',
    bootFile: '',
    options,
  }
}
