// An appliance for the agent's tests, over real HTTP on loopback: it plays a list of jobs and can be made to fail. Keeps what it was told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Assignment, Heartbeat, LogLines, StepReport, StepReportAnswer } from '../../src/contract/agent-api.ts'

/** drop: the connection breaks before the request was seen. lose: it was carried out, but the answer is lost. A number: that status. */
export type Disturbance = 'drop' | 'lose' | number

export interface Exchange {
  readonly path: string
  readonly body: unknown
}

export class ScriptedAppliance {
  readonly assignments: Assignment[] = []
  readonly exchanges: Exchange[] = []
  readonly reports: StepReport[] = []
  readonly heartbeats: Heartbeat[] = []
  readonly helloCount = { value: 0 }
  /** As the real one keeps it: lines that are there already are ignored. */
  readonly log: string[] = []
  heartbeatSeconds = 0.01
  usesBootNext = false
  disturb: (path: string) => Disturbance | undefined = () => undefined
  /** What a report is answered with; by default the next step, and the end after the last one. */
  orderAfter: (report: StepReport) => StepReportAnswer['order'] | { status: number; body: unknown } = (report) =>
    report.outcome === 'done' && report.step + 1 < (this.current?.steps.length ?? 0) ? 'next-step' : 'ended'
  heartbeatOrder: (beat: Heartbeat) => 'continue' | 'stop' | 'restart' = () => 'continue'
  /** The answer is ready and waits for this. */
  beforeAnswer: (path: string) => Promise<void> = async () => undefined
  /** What a claim is answered with when no job is left. */
  claimRefusal: { status: number; body: unknown } | undefined
  current: Assignment | undefined
  #server: Server | undefined

  async start(): Promise<string> {
    this.#server = createServer((request, response) => void this.#serve(request, response))
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  paths(): string[] {
    return this.exchanges.map(({ path }) => path)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/agent/v1', '')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const disturbance = this.disturb(path)
    if (disturbance === 'drop') return void request.socket.destroy()
    if (typeof disturbance === 'number')
      return answer(response, disturbance, { code: 'NOBODY_KNOWS', message: 'in trouble', hint: '' })
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null')
    this.exchanges.push({ path, body })
    const { status, body: reply } = this.#handle(path, body)
    if (disturbance === 'lose') return void request.socket.destroy()
    await this.beforeAnswer(path)
    answer(response, status, reply)
  }

  #handle(path: string, body: unknown): { status: number; body: unknown } {
    const [, kind = ''] = /^\/(?:jobs\/[^/]+\/)?(\w+)$/.exec(path) ?? []
    switch (kind) {
      case 'hello':
        this.helloCount.value++
        return ok({
          nodeId: 'n1',
          nodeName: 'node-1',
          nodeState: 'approved',
          heartbeatSeconds: this.heartbeatSeconds,
          usesBootNext: this.usesBootNext,
        })
      case 'claim':
        // A lost answer: the running job of this node is given again.
        this.current ??= this.assignments.shift()
        return this.current === undefined ? (this.claimRefusal ?? { status: 204, body: null }) : ok(this.current)
      case 'heartbeat':
        this.heartbeats.push(body as Heartbeat)
        return ok({ order: this.heartbeatOrder(body as Heartbeat) })
      case 'log':
        this.#keep(body as LogLines)
        return { status: 204, body: null }
      case 'present':
        return ok({ record: 'missing', packages: [], said: 'boot-os', at: '2026-01-01T00:00:00.000Z' })
      case 'leave':
        return ok({ mayLeave: true })
      case 'departure':
        return { status: 204, body: null }
      case 'reports':
        return this.#report(body as StepReport)
      default:
        return { status: 404, body: { code: 'REQUEST_NOT_FOUND', message: `nothing at ${path}`, hint: '' } }
    }
  }

  #keep({ firstLine, lines }: LogLines): void {
    if (firstLine > this.log.length) throw new Error(`line ${firstLine} came when ${this.log.length} were there`)
    this.log.push(...lines.slice(this.log.length - firstLine))
  }

  #report(report: StepReport): { status: number; body: unknown } {
    this.reports.push(report)
    const order = this.orderAfter(report)
    if (typeof order !== 'string') return order
    if (order === 'ended') this.current = undefined
    return ok({ order })
  }
}

const ok = (body: unknown) => ({ status: 200, body })

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (status === 204) return void response.writeHead(204).end()
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
