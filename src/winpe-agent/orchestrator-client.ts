// How the agent speaks to its appliance. The port that steps and the loop use; http-client.ts is what runs.
import type { Static, TSchema } from 'typebox'

export interface OrchestratorClient {
  /** http://10.0.0.1:8080, without a slash at the end. */
  readonly applianceUrl: string
  /** Value of the Authorization header. */
  readonly authorization: string
  /**
   * Sends JSON under /agent/v1 and checks the answer. Repeats without end while the appliance is away or answers 5xx
   * (back-off up to 15 s); an error body of the appliance (4xx) is thrown as the AppError that it names.
   */
  post<T extends TSchema>(path: string, body: unknown, answer: T, signal: AbortSignal): Promise<Static<T>>
  /** Sends bytes with POST under /agent/v1; the answer's body as it arrives. Same repeats before its first byte, none after it. */
  exchange(
    path: string,
    contentType: string,
    parts: readonly Uint8Array[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  /** The body of a file or manifest under /agent/v1, as it arrives. Same repeats before the first byte, none after it. */
  download(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>
}
