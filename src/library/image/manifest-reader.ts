// Manifests from outside. One that is small when it is expanded is read here; any other one at a time in a process of its own with a limit for
// its memory and time: neither a small body that becomes large nor one that takes for ever stops the appliance. Starts processes.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'
import type { Manifest } from '../../contract/image.ts'
import { decodeManifest } from '../../imaging/manifest-codec.ts'
import type { ManifestVerdict } from './manifest-process.ts'
import { Turns } from './turns.ts'

export interface ManifestLimits {
  /** For the heap of the process. */
  readonly heapMiB: number
  readonly timeoutMs: number
}

/** Some ten thousand chunks, read in a few milliseconds; what is larger costs the start of a process. */
const SMALL_BYTES = 1024 * 1024

const decompress = promisify(zstdDecompress)

const LIMITS: ManifestLimits = { heapMiB: 1024, timeoutMs: 120_000 }
const PROGRAM = fileURLToPath(new URL('./manifest-process.ts', import.meta.url))

export class ManifestReader {
  readonly #turns = new Turns()
  readonly #limits: ManifestLimits

  constructor(limits: ManifestLimits = LIMITS) {
    this.#limits = limits
  }

  /** Throws IMAGE_MANIFEST_INVALID. */
  async read(compressed: Uint8Array): Promise<Manifest> {
    const small = await smallContentOf(compressed)
    return small === undefined ? this.#turns.run(() => this.#read(compressed)) : decodeManifest(small)
  }

  async #read(compressed: Uint8Array): Promise<Manifest> {
    const verdict = await this.#verdictOf(compressed)
    if (verdict.kind === 'good') return verdict.manifest
    throw new AppError('IMAGE_MANIFEST_INVALID', verdict.message, verdict.hint)
  }

  #verdictOf(compressed: Uint8Array): Promise<ManifestVerdict> {
    const { heapMiB, timeoutMs } = this.#limits
    const child = fork(PROGRAM, {
      execArgv: [`--max-old-space-size=${heapMiB}`],
      // It needs nothing of what this process was told.
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    return new Promise<ManifestVerdict>((resolve) => {
      const timer = setTimeout(() => resolve(tooMuch(`it took more than ${timeoutMs / 1000} s to read`)), timeoutMs)
      const finish = (verdict: ManifestVerdict) => {
        clearTimeout(timer)
        resolve(verdict)
      }
      child.once('message', (verdict) => finish(verdict as ManifestVerdict))
      child.once('error', (error) => finish(tooMuch(`its reader did not start (${error.message})`)))
      child.once('exit', () => finish(tooMuch(`it takes more than ${heapMiB} MiB to read`)))
      child.send(compressed, (error) => error && finish(tooMuch(`its reader did not take it (${error.message})`)))
    }).finally(() => void child.kill('SIGKILL'))
  }
}

/** undefined: it is larger, or does not decompress at all, which is told elsewhere. */
async function smallContentOf(compressed: Uint8Array): Promise<Buffer | undefined> {
  if (compressed.length > SMALL_BYTES) return undefined
  return decompress(compressed, { maxOutputLength: SMALL_BYTES }).catch(() => undefined)
}

function tooMuch(reason: string): ManifestVerdict {
  return {
    kind: 'bad',
    message: `the manifest cannot be read: ${reason}`,
    hint: 'Send canonical JSON, zstd-compressed, of a disk that there is; the agent of this version does.',
  }
}
