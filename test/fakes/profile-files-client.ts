// An appliance that only serves a profile's files, from memory. For tests of steps.
import { createHash } from 'node:crypto'
import type { FileRef } from '../../src/contract/steps.ts'
import type { OrchestratorClient } from '../../src/winpe-agent/orchestrator-client.ts'

const PREFIX = '/profiles/tiny/revision-1/files/'

export class ProfileFilesClient implements OrchestratorClient {
  readonly applianceUrl = 'http://appliance.invalid'
  readonly authorization = 'Bearer none'
  readonly files = new Map<string, Buffer>()
  /** Called for each download: may give another body than the file's own. */
  disturb: (path: string, times: number) => ReadableStream<Uint8Array> | undefined = () => undefined
  readonly downloads: string[] = []

  add(path: string, content: string | Uint8Array): FileRef {
    const bytes = Buffer.from(content)
    this.files.set(path, bytes)
    return { path, digest: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }
  }

  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    const name = decodeURIComponent(path.slice(PREFIX.length))
    const bytes = this.files.get(name)
    if (!path.startsWith(PREFIX) || bytes === undefined) throw new Error(`unexpected download of ${path}`)
    this.downloads.push(name)
    const times = this.downloads.filter((other) => other === name).length
    return this.disturb(name, times) ?? new Blob([new Uint8Array(bytes)]).stream()
  }

  post(path: string): Promise<never> {
    return Promise.reject(new Error(`unexpected post to ${path}`))
  }

  exchange(path: string): Promise<never> {
    return Promise.reject(new Error(`unexpected exchange with ${path}`))
  }
}
