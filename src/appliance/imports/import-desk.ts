// Files that workers sent are read by a process each, which speaks to this appliance over the loopback interface as the agent of that one
// lease: no image is parsed in the appliance itself. Starts processes; opens a port on 127.0.0.1 for them, with a secret for each.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { AGENT_API_PREFIX } from '../../contract/agent-api.ts'
import { AppError, ERROR_CODES, type ErrorCode } from '../../contract/errors.ts'
import type { Log, Operations } from '../../store/index.ts'
import { installManners } from '../http/manners.ts'
import type { ImportVerdict, ImportWish } from './import-process.ts'

interface ImportDeskDeps {
  /** What agents ask to move chunks; who asks stands in agentNodeId. */
  readonly transfer: FastifyPluginAsync
  readonly operations: Operations
  readonly log: Log
}

interface ImportOrder {
  readonly nodeId: string
  readonly jobId: string
  readonly leaseId: string
  readonly imageName: string
  readonly file: string
  readonly folder: string
  readonly signal: AbortSignal
}

const PROGRAM = fileURLToPath(new URL('./import-process.ts', import.meta.url))
const HEAP_MIB = 1024

export class ImportDesk {
  readonly #deps: ImportDeskDeps
  /** Whom each secret speaks for. */
  readonly #nodeIds = new Map<string, string>()
  #app: Promise<FastifyInstance> | undefined

  constructor(deps: ImportDeskDeps) {
    this.#deps = deps
  }

  /** Kept when the version is published. Throws what the reader of the file found wrong with it. */
  async run({ nodeId, leaseId, signal, ...order }: ImportOrder): Promise<void> {
    const { port } = (await this.#opened()).server.address() as AddressInfo
    const token = randomBytes(32).toString('base64url')
    this.#nodeIds.set(token, nodeId)
    try {
      const access = { url: `http://127.0.0.1:${port}`, token, apiPrefix: AGENT_API_PREFIX, leaseId }
      const what = { kind: 'image-upload', title: `${order.imageName}, the image of job ${order.jobId}` } as const
      await this.#deps.operations.run(what, async (handle) => {
        const verdict = await inProcess({ ...order, access }, AbortSignal.any([signal, handle.signal]))
        if (verdict.kind === 'bad') throw this.#failureOf(order.jobId, verdict)
      })
    } finally {
      this.#nodeIds.delete(token)
    }
  }

  async stop(): Promise<void> {
    await (await this.#app)?.close()
  }

  /** At the first upload: most appliances never see one. */
  #opened(): Promise<FastifyInstance> {
    this.#app ??= this.#open()
    return this.#app
  }

  async #open(): Promise<FastifyInstance> {
    const app: FastifyInstance = Fastify({ forceCloseConnections: true })
    installManners(app)
    app.decorateRequest('agentNodeId', '')
    app.addHook('onRequest', async (request) => {
      const nodeId = this.#nodeIds.get(request.bearer())
      if (nodeId === undefined)
        throw new AppError('AGENT_TOKEN_REFUSED', 'no import runs with this secret', 'Send the image again.')
      request.agentNodeId = nodeId
    })
    await app.register(this.#deps.transfer, { prefix: AGENT_API_PREFIX })
    await app.listen({ host: '127.0.0.1', port: 0 })
    return app
  }

  #failureOf(jobId: string, { code, message, hint }: Extract<ImportVerdict, { kind: 'bad' }>): Error {
    this.#deps.log.warn({ job: jobId, code }, `an uploaded image could not be read: ${message}`)
    if (isErrorCode(code)) return new AppError(code, message, hint)
    return new AppError(
      'IMAGE_FILE_INVALID',
      `what was uploaded cannot be read: ${message}`,
      'Upload a raw disk, a qcow2 file or a bundle.',
    )
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)

function inProcess(wish: ImportWish, signal: AbortSignal): Promise<ImportVerdict> {
  const child = fork(PROGRAM, {
    execArgv: [`--max-old-space-size=${HEAP_MIB}`],
    // It needs nothing of what this process was told.
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const end = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', end)
  return new Promise<ImportVerdict>((resolve) => {
    const lost = (message: string) => resolve({ kind: 'bad', code: '', message, hint: '' })
    child.once('message', (verdict) => resolve(verdict as ImportVerdict))
    child.once('error', (error) => lost(`its reader did not start (${error.message})`))
    child.once('exit', (code, by) => lost(`its reader ended with ${by ?? code}`))
    child.send(wish, (error) => error && lost(`its reader did not take it (${error.message})`))
  }).finally(() => {
    signal.removeEventListener('abort', end)
    end()
  })
}
