// Who asks: a token that a person pasted. It is kept for this tab alone and gone when the tab is closed.
import { useSyncExternalStore } from 'react'

const KEY = 'platen-token'
const listeners = new Set<() => void>()

export const session = {
  token: (): string | undefined => sessionStorage.getItem(KEY) ?? undefined,
  begin(token: string): void {
    sessionStorage.setItem(KEY, token)
    tell()
  },
  end(): void {
    if (sessionStorage.getItem(KEY) === null) return
    sessionStorage.removeItem(KEY)
    tell()
  },
}

export function useToken(): string | undefined {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, session.token)
}

function tell(): void {
  for (const listener of listeners) listener()
}
