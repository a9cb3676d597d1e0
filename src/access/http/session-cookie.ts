// The cookie of a login in a browser: what scripts cannot read and other sites cannot send. Pure.

/** Cookies know no ports: one of HTTPS has a name of its own, which browsers take from nobody who speaks without encryption. */
const NAMES = { http: 'platen-session', https: '__Host-platen-session' } as const

interface Asked {
  readonly headers: { readonly cookie?: string | undefined }
  readonly protocol: 'http' | 'https'
}

interface CookieOf {
  readonly isEncrypted: boolean
  readonly until: string
}

/** Empty: there is none. */
export function sessionIn({ headers, protocol }: Asked): string {
  return new RegExp(`(?:^|;\\s*)${NAMES[protocol]}=([\\w-]{1,100})(?:;|$)`).exec(headers.cookie ?? '')?.[1] ?? ''
}

export function sessionCookie(secret: string, { isEncrypted, until }: CookieOf): string {
  const secure = isEncrypted ? '; Secure' : ''
  return `${NAMES[isEncrypted ? 'https' : 'http']}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}; Expires=${new Date(until).toUTCString()}`
}

export function noSessionCookie({ isEncrypted }: Pick<CookieOf, 'isEncrypted'>): string {
  return sessionCookie('', { isEncrypted, until: '1970-01-01T00:00:00Z' })
}

/** Whether a page of another site sent this: browsers say where a page comes from whenever it changes something. */
export function isForeignOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || host === undefined) return true
  return !URL.canParse(origin) || new URL(origin).host !== host
}
