// One simulated machine, from power-on to the last byte of the boot OS: the packets that UEFI firmware and then iPXE send.
import { formatIpv4 } from '../../src/netboot/dhcp/ipv4.ts'
import { OPTION } from '../../src/netboot/dhcp/option-codes.ts'
import { readIpv4, readText } from '../../src/netboot/dhcp/option-values.ts'
import { requestPacket } from '../../test/fakes/dhcp-packets.ts'
import type { DhcpWire } from './dhcp-wire.ts'
import { drain } from './http-drain.ts'
import type { ScriptThread } from './script-thread.ts'
import { fetchByTftp } from './tftp-fetch.ts'

export interface Site {
  readonly wire: DhcpWire
  /** Gives this host the address that a machine was lent. */
  takeAddress(address: string): Promise<void>
  readonly scripts: ScriptThread
}

export interface Booted {
  readonly scriptMs: number
  readonly bytes: number
}

const FIRMWARE = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', architecture: 7 }
const IPXE = { ...FIRMWARE, userClass: 'iPXE' }
const HTTP_TIMEOUT_MS = 30_000

export async function bootMachine(number: number, { wire, takeAddress, scripts }: Site): Promise<Booted> {
  const mac = `52:54:00:${[16, 8, 0].map((shift) => ((number >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
  const first = await lease(wire, { mac, ...FIRMWARE }, number * 4)
  await takeAddress(first.address)
  const loaderBytes = await fetchByTftp({ from: first.address, server: first.server, file: first.bootFile })
  const second = await lease(wire, { mac, ...IPXE }, number * 4 + 2)
  const script = await scripts.fetch(fill(second.bootFile, mac), second.address)
  const urls = [...script.text.matchAll(/^(?:kernel|initrd) .*?(http:\S+)/gm)].map(([, url]) => url!)
  if (urls.length !== 3) throw new Error(`the script names ${urls.length} files:\n${script.text}`)
  let bytes = loaderBytes
  for (const url of urls) bytes += await drain({ url, localAddress: second.address, patienceMs: HTTP_TIMEOUT_MS })
  return { scriptMs: script.ms, bytes }
}

async function lease(wire: DhcpWire, sketch: Parameters<typeof requestPacket>[1], transactionId: number) {
  const offer = await wire.ask({ ...requestPacket('discover', sketch), transactionId })
  const server = formatIpv4(readIpv4(offer.options, OPTION.serverId)!)
  const address = formatIpv4(offer.yourIp)
  const ack = await wire.ask({
    ...requestPacket('request', { ...sketch, serverId: server, requestedIp: address }),
    transactionId: transactionId + 1,
  })
  if (ack.yourIp !== offer.yourIp) throw new Error(`${address} was offered and not given`)
  return { server, address, bootFile: readText(ack.options, OPTION.bootFile) ?? ack.bootFile }
}

/** What iPXE puts into its URL. */
function fill(url: string, mac: string): string {
  const settings: Readonly<Record<string, string>> = { uuid: mac.replaceAll(':', '-'), platform: 'efi', buildarch: 'x86_64' }
  return url.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => settings[name] ?? '')
}
