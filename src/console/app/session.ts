// Who asks. A person who logged in is known by a cookie that no script can read; a token that was pasted is kept for this tab alone.
import { useSyncExternalStore } from 'react'

export type Session = 'nobody' | 'token' | 'login'

const TOKEN = 'platen-token'
/** That there was a login in this browser: whether it still holds is for the appliance to say. */
const LOGIN = 'platen-login'
const listeners = new Set<() => void>()

export const session = {
  now(): Session {
    if (sessionStorage.getItem(TOKEN) !== null) return 'token'
    return localStorage.getItem(LOGIN) === null ? 'nobody' : 'login'
  },
  token: (): string | undefined => sessionStorage.getItem(TOKEN) ?? undefined,
  beginWithToken(token: string): void {
    sessionStorage.setItem(TOKEN, token)
    tell()
  },
  beginWithLogin(): void {
    localStorage.setItem(LOGIN, 'yes')
    tell()
  },
  end(): void {
    if (session.now() === 'nobody') return
    sessionStorage.removeItem(TOKEN)
    localStorage.removeItem(LOGIN)
    tell()
  },
}

export function useSession(): Session {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, session.now)
}

function tell(): void {
  for (const listener of listeners) listener()
}
