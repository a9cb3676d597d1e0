// The cookie of a login in a browser: what scripts cannot read and other sites cannot send. Pure.

const NAME = 'platen-session'

interface CookieOf {
  readonly isEncrypted: boolean
  readonly until: string
}

/** Empty: there is none. */
export function sessionIn(cookies: string | undefined): string {
  return new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{1,100})(?:;|$)`).exec(cookies ?? '')?.[1] ?? ''
}

export function sessionCookie(secret: string, { isEncrypted, until }: CookieOf): string {
  const secure = isEncrypted ? '; Secure' : ''
  return `${NAME}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}; Expires=${new Date(until).toUTCString()}`
}

export const NO_SESSION_COOKIE = `${NAME}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`

/** Whether a page of another site sent this: browsers say where a page comes from whenever it changes something. */
export function isForeignOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || host === undefined) return true
  return !URL.canParse(origin) || new URL(origin).host !== host
}
