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
  /** What was missed in a break is not known any more: read the lists anew. Otherwise events go on where they were. */
  readonly onMissed: () => void
  readonly onState: (state: WatchState) => void
  readonly pausesMs?: readonly number[]
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000]

export function watchEvents<E>(options: WatchOptions<E>): EventWatch {
  const { onState, pausesMs = PAUSES_MS } = options
  const over = new AbortController()
  const place: Place = { lastId: '' }
  void (async () => {
    for (let breaks = 0; !over.signal.aborted; ) {
      onState('connecting')
      const wasOpen = await readStream(options, place, over.signal)
      if (over.signal.aborted) return
      breaks = wasOpen ? 1 : breaks + 1
      onState('waiting')
      await pause(pausesMs[Math.min(breaks, pausesMs.length) - 1] ?? 1000, over.signal)
    }
  })()
  return { close: () => over.abort() }
}

/** Where this reader is in the stream; kept over breaks. */
interface Place {
  lastId: string
}

/** Whether the stream was open at all. Never throws: a break is what the caller expects. */
async function readStream<E>(options: WatchOptions<E>, place: Place, signal: AbortSignal): Promise<boolean> {
  const { url, token, onEvent, onMissed, onState } = options
  const secret = token?.()
  const headers: Record<string, string> = {
    accept: 'text/event-stream',
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    ...(place.lastId === '' ? {} : { 'last-event-id': place.lastId }),
  }
  let wasOpen = false
  try {
    const response = await fetch(url, { headers, signal, credentials: 'same-origin' })
    if (!response.ok || response.body === null) return false
    wasOpen = true
    onState('open')
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) place.lastId = id
        if (event === 'events.missed') onMissed()
        // events.begun says only from where on.
        else if (event !== 'events.begun') onEvent(JSON.parse(data) as E)
      },
    })
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
