// The part of the operator API about composite bundles, over HTTP. Opens files that a person names.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import {
  type BroughtBundle,
  BundleKey,
  type BundleTrust,
  COMPOSITE_TYPE,
  InstalledBundle,
  type OnConflict,
} from '../contract/bundle.ts'
import type { BundleContent } from '../winpe-agent/index.ts'
import { tellFileFailures } from './file-failure.ts'

export interface BundleApi {
  bundleKey(): Promise<BundleKey>
  /** Writes the file while it checks it; it has its name once it is whole. */
  makeBundle(select: readonly string[], file: string, onBytes: (count: number) => void): Promise<BundleContent>
  bringBundle(file: string, trust: BundleTrust, onBytes: (count: number, of: number) => void): Promise<BroughtBundle>
  installBundle(id: string, onConflict: OnConflict): Promise<InstalledBundle>
  dropBundle(id: string): Promise<void>
}

type Ask = <T extends TSchema>(method: string, path: string, answer: T, body?: unknown) => Promise<Static<T>>
export type Send = (method: string, path: string, body?: unknown, streamed?: Streamed) => Promise<Response>

/** A body that is read while it is sent. */
interface Streamed {
  readonly type: string
  readonly stream: ReadableStream<Uint8Array>
}

export function createBundleClient(ask: Ask, send: Send): BundleApi {
  return {
    bundleKey: () => ask('GET', '/bundle-key', BundleKey),
    async makeBundle(select, file, onBytes) {
      const query = new URLSearchParams(select.map((wish): [string, string] => ['select', wish]))
      const { body } = await send('GET', `/bundle${query.size === 0 ? '' : `?${query}`}`)
      const { saveBundle } = await import('../winpe-agent/index.ts')
      return tellFileFailures(() => saveBundle(body ?? new Blob([]).stream(), file, onBytes))
    },
    async bringBundle(file, { key, trustNewKey = false }, onBytes) {
      const query = new URLSearchParams({
        ...(key === undefined ? {} : { key }),
        ...(trustNewKey ? { trustNewKey: 'true' } : {}),
      })
      const { size } = await tellFileFailures(() => stat(file))
      const stream = ReadableStream.from(piecesOf(file, (count) => onBytes(count, size))) as ReadableStream<Uint8Array>
      const response = await send('POST', `/bundles${query.size === 0 ? '' : `?${query}`}`, undefined, {
        type: COMPOSITE_TYPE,
        stream,
      })
      return (await response.json()) as BroughtBundle
    },
    installBundle: (id, onConflict) => ask('POST', `/bundles/${encodeURIComponent(id)}/install`, InstalledBundle, { onConflict }),
    dropBundle: (id) => ask('DELETE', `/bundles/${encodeURIComponent(id)}`, Type.Void()),
  }
}

async function* piecesOf(file: string, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  let count = 0
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    count += (piece as Buffer).length
    onBytes(count)
    yield piece as Buffer
  }
}
