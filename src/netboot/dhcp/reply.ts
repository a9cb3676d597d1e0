// Builds the reply to a packet from the decision about it. Pure.
import type { BootOffer } from './boot-offer.ts'
import type { Decision } from './decision.ts'
import { formatIpv4, type Ipv4, ipv4Bytes } from './ipv4.ts'
import { noProxyDhcp } from './ipxe-options.ts'
import { OPTION } from './option-codes.ts'
import { readU16, textBytes, u32Bytes } from './option-values.ts'
import { encodedLength } from './options.ts'
import { BROADCAST_FLAG, type DhcpPacket, MESSAGE } from './packet.ts'
import { useBootFileMenu } from './pxe-options.ts'
import { relayInformation, withoutVirtualSubnetControl } from './relay-information.ts'
import type { Subnet } from './subnet.ts'

export interface ReplyContext {
  readonly serverIp: Ipv4
  readonly mode: 'server' | 'proxy'
  readonly isBootServerRequest: boolean
  readonly subnet: Subnet | undefined
  readonly hostName: string | undefined
}

type ReplyDecision = Extract<Decision, { kind: 'reply' }>

export function buildReply(request: DhcpPacket, decision: ReplyDecision, context: ReplyContext): DhcpPacket {
  const { message, address, boot } = decision
  const isBootOnly = context.mode === 'proxy' || context.isBootServerRequest
  const bootsNow = message !== 'nak' && boot?.kind === 'boot' ? boot : undefined
  // UEFI asks port 4011 for its file; given one in the proxy offer already, some firmware takes neither (README.md, proxy offers).
  const tellsFile = bootsNow !== undefined && !(isBootOnly && !context.isBootServerRequest && bootsNow.shape === 'pxe-uefi')
  const options = new Map([
    [OPTION.messageType as number, Uint8Array.of(MESSAGE[message])],
    [OPTION.serverId, ipv4Bytes(serverIdFor(request, context, isBootOnly))],
  ])
  if (message === 'nak') options.set(OPTION.message, textBytes(decision.why))
  if (message !== 'nak' && !isBootOnly) addAddressOptions(options, decision, context)
  if (bootsNow !== undefined) addBootOptions(options, bootsNow, { isBootOnly, tellsFile, serverIp: context.serverIp })
  echo(options, request, context.subnet)
  return {
    op: 'reply',
    hardwareType: request.hardwareType,
    hops: 0,
    transactionId: request.transactionId,
    secondsElapsed: 0,
    // A relay broadcasts a NAK only when the flag asks for it (RFC 2131 §4.3.2).
    flags: message === 'nak' && request.relayAgentIp !== 0 ? request.flags | BROADCAST_FLAG : request.flags,
    clientIp: message === 'ack' ? request.clientIp : 0,
    yourIp: address,
    nextServerIp: bootsNow === undefined ? 0 : context.serverIp,
    relayAgentIp: request.relayAgentIp,
    hardwareAddress: request.hardwareAddress,
    serverName: '',
    // HTTP boot reads option 67 alone, and its URL may be too long for the field.
    bootFile: tellsFile && bootsNow.bootFile.length < 128 ? bootsNow.bootFile : '',
    options: fitted(options, request),
  }
}

function addAddressOptions(
  options: Map<number, Uint8Array>,
  { leaseSeconds }: ReplyDecision,
  { subnet, hostName }: ReplyContext,
): void {
  for (const [code, value] of subnet?.options ?? []) options.set(code, value)
  if (hostName !== undefined) options.set(OPTION.hostName, textBytes(hostName))
  if (leaseSeconds === undefined) return
  options.set(OPTION.leaseSeconds, u32Bytes(leaseSeconds))
  options.set(OPTION.renewalSeconds, u32Bytes(Math.floor(leaseSeconds / 2)))
  options.set(OPTION.rebindingSeconds, u32Bytes(Math.floor(leaseSeconds * 0.875)))
}

interface BootShape {
  readonly isBootOnly: boolean
  readonly tellsFile: boolean
  readonly serverIp: Ipv4
}

function addBootOptions(options: Map<number, Uint8Array>, boot: Extract<BootOffer, { kind: 'boot' }>, shape: BootShape): void {
  const { isBootOnly, tellsFile, serverIp } = shape
  if (tellsFile) options.set(OPTION.bootFile, textBytes(boot.bootFile))
  switch (boot.shape) {
    case 'http-boot':
      // Without it the firmware takes the offer for an ordinary one and drops the file (UEFI 2.10 §24.7.3.1).
      options.set(OPTION.vendorClass, textBytes('HTTPClient'))
      return
    case 'ipxe':
      if (isBootOnly) options.set(OPTION.vendorClass, textBytes('PXEClient'))
      else options.set(OPTION.ipxe, noProxyDhcp())
      return
    case 'pxe-bios':
      options.set(OPTION.tftpServerName, textBytes(formatIpv4(serverIp)))
      if (!isBootOnly) return
      options.set(OPTION.vendorClass, textBytes('PXEClient'))
      options.set(OPTION.vendorSpecific, useBootFileMenu())
      return
    case 'pxe-uefi':
      options.set(OPTION.tftpServerName, textBytes(formatIpv4(serverIp)))
      // No option 43 for UEFI: with a menu in it EDK2 looks for boot servers of its own.
      if (isBootOnly) options.set(OPTION.vendorClass, textBytes('PXEClient'))
      return
  }
}

/**
 * A relay may stand as the server, so that renewals come by it (RFC 5107 §4). Not where only the boot file comes from us: the client
 * asks port 4011 of whoever it takes for the server.
 */
function serverIdFor({ options }: DhcpPacket, { serverIp }: ReplyContext, isBootOnly: boolean): Ipv4 {
  return isBootOnly ? serverIp : (relayInformation(options)?.serverIdOverride ?? serverIp)
}

/** Back as they came: client id (RFC 6842), subnet selection (RFC 3011), machine id (PXE 2.1). An empty one says nothing. */
const ECHOED = [OPTION.clientId, OPTION.machineId, OPTION.subnetSelection]

function echo(options: Map<number, Uint8Array>, request: DhcpPacket, subnet: Subnet | undefined): void {
  for (const code of ECHOED) {
    const value = request.options.get(code)
    if (value !== undefined && value.length > 0) options.set(code, value)
  }
  // Whatever it is, and whoever added it: a switch that listens in leaves giaddr empty (RFC 3046 §2.2).
  const relayed = request.options.get(OPTION.relayAgentInformation)
  if (relayed === undefined) return
  const isOfVirtualSubnet = subnet?.virtualSubnet !== undefined
  options.set(OPTION.relayAgentInformation, isOfVirtualSubnet ? withoutVirtualSubnetControl(relayed) : relayed)
}

const HEADER_BYTES = 240
const IP_AND_UDP_BYTES = 28
const LEAST_MESSAGE_BYTES = 576
const ETHERNET_BYTES = 1500
const MOST_OPTION_BYTES = ETHERNET_BYTES - IP_AND_UDP_BYTES - HEADER_BYTES

/** Options that a client can do without, the dearest last. */
const EXPENDABLE = [OPTION.tftpServerName, OPTION.domainName, OPTION.ntpServer, OPTION.broadcastAddress]

/** A client takes 576 bytes of IP unless it says more (RFC 2132 §9.10). What does not fit is left out, never cut. */
function fitted(options: Map<number, Uint8Array>, request: DhcpPacket): ReadonlyMap<number, Uint8Array> {
  const said = readU16(request.options, OPTION.maxMessageBytes) ?? LEAST_MESSAGE_BYTES
  const roomBytes = Math.min(Math.max(said, LEAST_MESSAGE_BYTES), ETHERNET_BYTES) - IP_AND_UDP_BYTES - HEADER_BYTES
  if (encodedLength(options) <= roomBytes) return options
  const asked = new Set(request.options.get(OPTION.parameterList))
  const unasked = [...options.keys()].filter((code) => !asked.has(code) && !NEEDED.has(code)).reverse()
  for (const code of [...unasked, ...EXPENDABLE]) {
    if (encodedLength(options) <= roomBytes) break
    options.delete(code)
  }
  // Ids of kilobytes are none; without them the answer at least arrives.
  for (const code of [...ECHOED, OPTION.relayAgentInformation]) {
    if (encodedLength(options) > MOST_OPTION_BYTES) options.delete(code)
  }
  return options
}

const NEEDED: ReadonlySet<number> = new Set([
  OPTION.subnetMask,
  OPTION.router,
  OPTION.messageType,
  OPTION.serverId,
  OPTION.leaseSeconds,
  OPTION.vendorClass,
  OPTION.vendorSpecific,
  OPTION.bootFile,
  OPTION.clientId,
  OPTION.machineId,
  OPTION.subnetSelection,
  OPTION.relayAgentInformation,
  OPTION.ipxe,
])
