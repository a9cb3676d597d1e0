// Which first program a client is sent to, and in which shape of offer. Pure.
import type { Architecture } from '../../contract/values.ts'
import { type LoaderFlavour, loaderPath } from '../loader-path.ts'
import { scriptUrl } from '../script-url.ts'
import type { DhcpClient } from './client.ts'
import { isMac } from './hardware-address.ts'

export type BootOffer =
  /** pxe: a file by TFTP. http-boot: a file by HTTP, for UEFI's own HTTP boot. ipxe: a script by HTTP. */
  | { readonly kind: 'boot'; readonly shape: 'pxe-bios' | 'pxe-uefi' | 'http-boot' | 'ipxe'; readonly bootFile: string }
  | { readonly kind: 'none'; readonly reason: string }

/**
 * Drivers of the firmware (snponly, undionly) work on more models than iPXE's own, so they come first. Debian builds no snponly for
 * arm64; its ipxe-arm64.efi uses the firmware's driver for cards that it has none for.
 */
export const LOADERS: Readonly<Record<'bios' | Architecture, Readonly<Record<LoaderFlavour, string>>>> = {
  bios: { snponly: 'undionly.kpxe', ipxe: 'ipxe.pxe', shim: 'undionly.kpxe' },
  x64: { snponly: 'snponly-x64.efi', ipxe: 'ipxe-x64.efi', shim: 'shimx64.efi' },
  arm64: { snponly: 'ipxe-arm64.efi', ipxe: 'ipxe-arm64.efi', shim: 'shimaa64.efi' },
}

export function bootOffer(client: DhcpClient, httpBase: string, flavour: LoaderFlavour): BootOffer {
  const { kind, firmware, architecture, mac } = client
  switch (kind) {
    case 'ordinary':
      return { kind: 'none', reason: 'it does not ask to boot' }
    case 'u-boot':
    case 'raspberry-pi':
      return { kind: 'none', reason: `there is no loader for ${client.description}` }
    case 'ipxe':
    case 'http-boot':
    case 'pxe':
      break
  }
  if (!isMac(mac)) return { kind: 'none', reason: 'it has no MAC of six bytes, which files and scripts are named after' }
  if (kind === 'ipxe') return ipxeOffer(client, httpBase, flavour)
  if (architecture === undefined || firmware === undefined) {
    return { kind: 'none', reason: `there is no loader for ${client.description}` }
  }
  const file = LOADERS[firmware === 'bios' ? 'bios' : architecture][flavour]
  const path = loaderPath(mac, file)
  if (kind === 'http-boot') return { kind: 'boot', shape: 'http-boot', bootFile: `${httpBase}/loader/${path}` }
  return { kind: 'boot', shape: firmware === 'bios' ? 'pxe-bios' : 'pxe-uefi', bootFile: path }
}

function ipxeOffer({ mac, ipxe, firmware, architecture }: DhcpClient, httpBase: string, flavour: LoaderFlavour): BootOffer {
  const canHttp = ipxe === undefined || ipxe.names.size === 0 || ipxe.names.has('http')
  if (canHttp) return { kind: 'boot', shape: 'ipxe', bootFile: scriptUrl(httpBase, mac) }
  // A network card's own iPXE may lack HTTP: it loads ours, like any firmware.
  if (architecture === undefined) return { kind: 'none', reason: 'this iPXE has no HTTP and does not say its architecture' }
  return { kind: 'boot', shape: 'ipxe', bootFile: LOADERS[firmware === 'uefi' ? architecture : 'bios'][flavour] }
}
