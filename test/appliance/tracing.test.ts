// Traces, as a collector gets them: a hand-written receiver of OTLP over HTTP.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installManners } from '../../src/appliance/http/manners.ts'
import { Tracing } from '../../src/appliance/tracing.ts'
import type { JobView } from '../../src/contract/job.ts'
import { Events } from '../../src/store/index.ts'
import { JOB } from '../fakes/operator-views.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { smallAppliance } from '../fakes/small-appliance.ts'
import { StateFolder } from '../fakes/state-folder.ts'

interface TakenSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number; readonly message?: string }
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}

let receiver: Server
let taken: TakenSpan[]
let service: unknown
let endpoint: string
beforeEach(async () => {
  taken = []
  receiver = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as {
      resourceSpans: { resource: { attributes: unknown }; scopeSpans: { spans: TakenSpan[] }[] }[]
    }
    if (request.url === '/v1/traces')
      taken.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
    service = resourceSpans[0]?.resource.attributes
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})
afterEach(() => {
  receiver.closeAllConnections()
  receiver.close()
})

const open = (events: Events, to = endpoint) => Tracing.open({ endpoint: to, version: '1.2.3', events, log: new SilentLog() })
const attributesOf = ({ attributes }: TakenSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

async function asked(tracing: Tracing, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const app = Fastify()
  tracing.watch(app)
  installManners(app)
  app.get('/healthz', async () => ({ status: 'up' }))
  await app.inject({ url: '/healthz', headers })
  await app.inject('/nowhere')
  await app.close()
}

it('has a span for each request, in the trace of whoever asks', async () => {
  const tracing = await open(new Events())
  await asked(tracing, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })
  await tracing.stop()
  expect(service).toContainEqual({ key: 'service.name', value: { stringValue: 'platen' } })
  const [health, nowhere] = taken
  expect(health).toMatchObject({ name: 'GET /healthz', traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) })
  expect(attributesOf(health!)).toMatchObject({ 'http.response.status_code': 200, 'platen.operation': 'getHealth' })
  expect(attributesOf(nowhere!)).toMatchObject({ 'http.route': 'nowhere', 'error.type': 'REQUEST_NOT_FOUND' })
  expect(nowhere!.traceId).not.toBe(health!.traceId)
})

it('has a span for each job that ended, with its steps inside, once', async () => {
  const events = new Events()
  const tracing = await open(events)
  const job: JobView = {
    ...JOB,
    state: 'failed',
    status: { ...JOB.status, startedAt: '2026-03-02T08:30:00.000Z', completedAt: '2026-03-02T08:31:00.000Z' },
    results: [
      { step: 0, kind: 'format', seconds: 20, transfer: {} },
      { step: 1, kind: 'setup', seconds: 30, transfer: { bytesReceived: 5 } },
    ],
    failure: { code: 'AGENT_SCRIPT_FAILED', message: 'it ended with 1', hint: '' },
  }
  events.emit({ type: 'job.changed', job: JOB })
  events.emit({ type: 'job.changed', job })
  events.emit({ type: 'job.changed', job })
  await tracing.stop()
  expect(taken.map(({ name }) => name).toSorted()).toEqual(['format', `job ${JOB.request.kind}`, 'setup'])
  const [format, setup, whole] = ['format', 'setup', `job ${JOB.request.kind}`].map(
    (name) => taken.find((one) => one.name === name)!,
  )
  expect([format!.parentSpanId, setup!.parentSpanId]).toEqual([whole!.spanId, whole!.spanId])
  expect(setup!.endTimeUnixNano).toBe(whole!.endTimeUnixNano)
  expect(format!.endTimeUnixNano).toBe(setup!.startTimeUnixNano)
  expect(attributesOf(setup!)).toEqual({ 'platen.bytesReceived': 5 })
  expect(whole!.status).toEqual({ code: 2, message: 'it ended with 1' })
  expect(attributesOf(whole!)).toMatchObject({ 'error.type': 'AGENT_SCRIPT_FAILED', 'platen.job.id': JOB.id })
})

it('is harmless when the collector is away', async () => {
  receiver.close()
  const tracing = await open(new Events())
  await asked(tracing)
  await tracing.stop()
  expect(taken).toEqual([])
}, 60_000)

it('is switched on by its endpoint, for the whole appliance', async () => {
  using folder = new StateFolder()
  const appliance = await smallAppliance(folder.path, { traceEndpoint: endpoint })
  await appliance.app.inject('/healthz')
  await appliance.stop()
  expect(taken.map(({ name }) => name)).toContain('GET /healthz')
})
