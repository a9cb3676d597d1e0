// POST of a body in parts, without a copy of it: fetch clones what it is given and wraps what it receives. Touches the network.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** Idle connections must not keep a process alive whose work is done. */
const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 16 })
const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 16 })

/** Resolves with the head of the answer; its body is read by iterating it. */
export function rawPost(
  url: string,
  headers: Readonly<Record<string, string>>,
  parts: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const isSecure = url.startsWith('https:')
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': length },
      agent: isSecure ? httpsAgent : httpAgent,
      signal,
    })
    request.once('response', resolve)
    request.once('error', reject)
    request.cork()
    for (const part of parts) request.write(part)
    request.end()
    request.uncork()
  })
}
