// Where iPXE asks for the script of a machine. Pure.

/** Filled in by iPXE itself: what the MAC does not tell. The server answers without it too. */
const QUERY = 'uuid=$' + '{uuid}&platform=$' + '{platform}&arch=$' + '{buildarch}'

/** mac may be a setting of iPXE, which fills it in. */
export function scriptUrl(httpBase: string, mac: string): string {
  return `${httpBase}/boot/${mac}.ipxe?${QUERY}`
}
