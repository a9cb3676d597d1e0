// Traces for OpenTelemetry, when an endpoint is set: what was asked over HTTP, and jobs with their steps. The SDK is loaded only then; what the
// collector does not take is dropped, and nobody waits for it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Span, Tracer } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JobView } from '../contract/job.ts'
import type { Events, Log } from '../store/index.ts'
import { rowOfRequest } from './http/route-table.ts'

interface TracingDeps {
  /** Of a collector that takes OTLP over HTTP: http://127.0.0.1:4318. */
  readonly endpoint: string
  readonly version: string
  readonly events: Pick<Events, 'subscribe'>
  readonly log: Log
}

const STOP_MS = 3000
/** A job that has ended may be told again; so many are remembered. */
const REMEMBERED = 1000

export class Tracing {
  readonly #otel: typeof import('@opentelemetry/api')
  readonly #tracer: Tracer
  readonly #shutDown: () => Promise<void>
  readonly #requests = new WeakMap<FastifyRequest, Span>()
  readonly #ended = new Set<string>()

  private constructor(otel: typeof import('@opentelemetry/api'), tracer: Tracer, shutDown: () => Promise<void>) {
    this.#otel = otel
    this.#tracer = tracer
    this.#shutDown = shutDown
  }

  static async open({ endpoint, version, events, log }: TracingDeps): Promise<Tracing> {
    const [otel, { BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
      await Promise.all([
        import('@opentelemetry/api'),
        import('@opentelemetry/sdk-trace-base'),
        import('@opentelemetry/exporter-trace-otlp-http'),
        import('@opentelemetry/resources'),
      ])
    const { OTEL_SERVICE_NAME: name = 'platen' } = process.env
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    })
    const tracing = new Tracing(otel, provider.getTracer('platen', version), () =>
      provider.shutdown().catch((error: unknown) => log.warn({ err: error }, 'the last traces were not taken')),
    )
    events.subscribe((event) => event.type === 'job.changed' && tracing.#noteJob(event.job), ['job.changed'])
    return tracing
  }

  /** Adds hooks that see every request. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', async (request) => {
      const { method, routeOptions, protocol } = request
      const route = routeOptions.url ?? 'nowhere'
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'url.scheme': protocol,
        'client.address': request.peer(),
        ...(rowOfRequest(request) === undefined ? {} : { 'platen.operation': rowOfRequest(request)!.operationId }),
      }
      const kind = this.#otel.SpanKind.SERVER
      this.#requests.set(request, this.#tracer.startSpan(`${method} ${route}`, { kind, attributes }, this.#parentOf(request)))
    })
    app.addHook('onResponse', async (request, { statusCode }) => {
      const span = this.#requests.get(request)
      span?.setAttribute('http.response.status_code', statusCode)
      if (request.refusal !== '') span?.setAttribute('error.type', request.refusal)
      if (statusCode >= 500) span?.setStatus({ code: this.#otel.SpanStatusCode.ERROR })
      span?.end()
    })
  }

  /** Sends what is left, if somebody takes it soon: a collector that is away keeps no appliance from ending. */
  async stop(): Promise<void> {
    await Promise.race([this.#shutDown(), sleep(STOP_MS, undefined, { ref: false })])
  }

  /** W3C Trace Context: whoever asks may have begun the trace. */
  #parentOf({ headers }: FastifyRequest) {
    const { ROOT_CONTEXT, trace } = this.#otel
    const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(headers.traceparent)) ?? []
    if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags!, 16), isRemote: true })
  }

  /** At its end: only then all of it is known. Its steps stand one after the other, as long as each took. */
  #noteJob(job: JobView): void {
    const { startedAt, completedAt, majorState } = job.status
    if (startedAt === undefined || completedAt === undefined || this.#ended.has(job.id)) return
    this.#ended.add(job.id)
    if (this.#ended.size > REMEMBERED) this.#ended.delete(this.#ended.values().next().value!)
    const { ROOT_CONTEXT, trace, SpanStatusCode } = this.#otel
    const [startTime, endTime] = [Date.parse(startedAt), Date.parse(completedAt)]
    const attributes = {
      'platen.job.id': job.id,
      'platen.job.attempt': job.attempt,
      ...(job.nodeName === undefined ? {} : { 'platen.node': job.nodeName }),
      ...(job.imageName === undefined ? {} : { 'platen.image': job.imageName }),
    }
    const span = this.#tracer.startSpan(`job ${job.request.kind}`, { startTime, attributes, root: true }, ROOT_CONTEXT)
    const inJob = trace.setSpan(ROOT_CONTEXT, span)
    let at = endTime - 1000 * job.results.reduce((sum, { seconds }) => sum + seconds, 0)
    for (const { kind, seconds, transfer } of job.results) {
      const moved = Object.entries(transfer).map(([name, bytes]) => [`platen.${name}`, bytes])
      const step = this.#tracer.startSpan(kind, { startTime: at, attributes: Object.fromEntries(moved) }, inJob)
      at += 1000 * seconds
      step.end(at)
    }
    if (job.failure !== undefined) span.setAttribute('error.type', job.failure.code)
    if (job.state !== 'succeeded') span.setStatus({ code: SpanStatusCode.ERROR, message: job.failure?.message ?? majorState })
    span.end(endTime)
  }
}
