// Asking an appliance over a connection that it may close at the same instant.
import { AppError } from '../contract/errors.ts'

/** A GET that was cut before its answer is sent again, once: it changes nothing. Whatever changes something fails, and the person decides. */
export async function fetchAgain(
  fetch: typeof globalThis.fetch,
  target: string,
  request: RequestInit & { readonly method: string },
): Promise<Response> {
  try {
    return await fetch(target, request)
  } catch (error) {
    if (request.method !== 'GET' || !wasCut(error)) throw error
    return await fetch(target, request)
  }
}

/** The other side closed the connection, as a server does with one that was idle for long. */
const wasCut = (error: unknown): boolean =>
  error instanceof TypeError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'UND_ERR_SOCKET'

export function unreachable(url: string, error: unknown): AppError {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined
  return new AppError(
    'CLI_APPLIANCE_UNREACHABLE',
    `no answer from ${url}: ${cause?.message || (cause as NodeJS.ErrnoException | undefined)?.code || String(error)}`,
    'Start it with `platen serve`, or say where it is with --url URL or PLATEN_URL.',
    { cause: error },
  )
}
