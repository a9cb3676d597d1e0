// The stream of events, kept open: connects again after a break, with growing pauses.
import { createParser } from 'eventsource-parser'

export type WatchState = 'connecting' | 'open' | 'waiting'

export interface EventWatch {
  close(): void
}

export interface WatchOptions<E> {
  readonly url: string
  readonly token?: () => string | undefined
  readonly onEvent: (event: E) => void
  /** open after a break: what was missed is not sent again, so read the lists anew. */
  readonly onState: (state: WatchState) => void
  readonly pausesMs?: readonly number[]
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000]

export function watchEvents<E>({ url, token, onEvent, onState, pausesMs = PAUSES_MS }: WatchOptions<E>): EventWatch {
  const over = new AbortController()
  void (async () => {
    for (let breaks = 0; !over.signal.aborted; ) {
      onState('connecting')
      const wasOpen = await readStream(url, token?.(), onEvent, () => onState('open'), over.signal)
      if (over.signal.aborted) return
      breaks = wasOpen ? 1 : breaks + 1
      onState('waiting')
      await pause(pausesMs[Math.min(breaks, pausesMs.length) - 1] ?? 1000, over.signal)
    }
  })()
  return { close: () => over.abort() }
}

/** Whether the stream was open at all. Never throws: a break is what the caller expects. */
async function readStream<E>(
  url: string,
  token: string | undefined,
  onEvent: (event: E) => void,
  onOpen: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  let wasOpen = false
  try {
    const response = await fetch(url, { headers, signal, credentials: 'same-origin' })
    if (!response.ok || response.body === null) return false
    wasOpen = true
    onOpen()
    const parser = createParser({ onEvent: ({ data }) => onEvent(JSON.parse(data) as E) })
    const decoder = new TextDecoder()
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) return true
      parser.feed(decoder.decode(value, { stream: true }))
    }
  } catch {
    return wasOpen
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
