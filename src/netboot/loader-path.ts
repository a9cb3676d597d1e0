// Names of loaders that carry the machine, as it is told in its offer: 52-54-00-12-34-56/snponly-x64.efi. Pure.
// Neither TFTP nor HTTP tells a MAC, and the fall-back to another loader must know whose loader was fetched. The folder tells whose
// it is; the file is everybody's. shim looks for GRUB beside itself, and finds it there too.
/** shim: signed, for Secure Boot; it brings GRUB. */
export type LoaderFlavour = 'snponly' | 'ipxe' | 'shim'

export function loaderPath(mac: string, file: string): string {
  return `${mac.replaceAll(':', '-')}/${file}`
}

/** mac: undefined when the name carries none. */
export function splitLoaderPath(path: string): { readonly mac: string | undefined; readonly file: string } {
  const [, folder, file] = /^((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\/(.*)$/.exec(path) ?? []
  if (folder === undefined || file === undefined) return { mac: undefined, file: path }
  return { mac: folder.replaceAll('-', ':'), file }
}

export function flavourOf(file: string): LoaderFlavour {
  if (file.startsWith('shim') || file.startsWith('grub')) return 'shim'
  return /^ipxe[.-]/.test(file) ? 'ipxe' : 'snponly'
}
