// The line that a site holds open to its central: server-sent events, as they come. Touches the connection.
import { createParser } from 'eventsource-parser'
import type { CentralLink } from './central-link.ts'

export interface LineEvent {
  readonly event: string
  readonly data: unknown
}

/** Ends when the line does: throws SITE_CENTRAL_UNREACHABLE, or what central refused it with. onOpen: central knows that it is there. */
export async function holdLine(
  link: CentralLink,
  signal: AbortSignal,
  onOpen: () => void,
  onEvent: (event: LineEvent) => void,
): Promise<void> {
  const answer = await link.send({ path: '/events', signal })
  onOpen()
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => onEvent({ event, data: parsed(data) }),
  })
  const decoder = new TextDecoder()
  for await (const piece of answer as AsyncIterable<Buffer>) parser.feed(decoder.decode(piece, { stream: true }))
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
