// Request targets as clients spell them (RFC 9112 §3.2), in the one spelling that routes and handlers read. Pure.

export interface RequestTarget {
  /** Path and query, as a route reads them: /boot/52-54-00-00-00-0a.ipxe?platform=efi */
  readonly origin: string
  /** Of an absolute-form target, without user information; it counts instead of the Host header (§3.2.2). */
  readonly authority: string | undefined
}

/** Clients of a proxy, and some firmware, send GET http://10.77.0.1:8080/boot/x.ipxe where others send GET /boot/x.ipxe. */
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)/i
const UNRESERVED = /[A-Za-z0-9._~-]/

export function readTarget(target: string): RequestTarget {
  const [prefix = '', authority] = ABSOLUTE.exec(target) ?? []
  const [rest = ''] = target.slice(prefix.length).split('#')
  const at = rest.indexOf('?')
  const path = at === -1 ? rest : rest.slice(0, at)
  const query = at === -1 ? '' : rest.slice(at)
  return { origin: `${plainPath(path)}${query}`, authority: authority?.slice(authority.lastIndexOf('@') + 1) }
}

/** What follows the first question mark; empty without one. */
export function queryOf(target: string): URLSearchParams {
  const at = target.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : target.slice(at + 1))
}

/**
 * One path for all that RFC 3986 §6.2.2 calls equivalent, and for the slashes that firmware doubles or turns round. Reserved
 * characters stay as they came: %2F inside of a name is no slash.
 */
function plainPath(path: string): string {
  // OPTIONS * asks about the server as a whole.
  if (path === '*') return path
  const parts: string[] = []
  const spelled = path.replaceAll(/%[0-9a-f]{2}/gi, decodeUnreserved).split(/[/\\]/)
  for (const part of spelled) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const isFolder = ['', '.', '..'].includes(spelled.at(-1)!)
  return `/${parts.join('/')}${isFolder && parts.length > 0 ? '/' : ''}`
}

function decodeUnreserved(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return UNRESERVED.test(character) ? character : encoded
}
