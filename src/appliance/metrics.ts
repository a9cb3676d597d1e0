// What the appliance counts, in the text form of Prometheus (names and units by its conventions). The library keeps the form; what is counted is here.
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, prometheusContentType, Registry } from 'prom-client'
import type { Finding } from '../contract/doctor.ts'
import type { ApplianceEvent, EventType } from '../contract/events.ts'
import type { StoreSpace } from '../contract/image-care.ts'
import type { JobView } from '../contract/job.ts'
import type { NetbootEvent } from '../netboot/index.ts'
import type { FleetFigures } from '../orchestrator/index.ts'
import type { Events } from '../store/index.ts'
import { rowOfRequest } from './http/route-table.ts'
import { VERSION } from './version.ts'

export interface MetricsDeps {
  readonly events: Events
  /** Asked with each scrape. */
  fleet(): FleetFigures
  space(): Promise<StoreSpace>
  images(): readonly { readonly versions: readonly unknown[] }[]
  findings(): Promise<readonly Finding[]>
  /** Told once of each job that ended. */
  onJobEnded?(job: JobView): void
}

const TOLD: readonly EventType[] = [
  'job.changed',
  'job.reclaimed',
  'node.enrolled',
  'node.drifted',
  'node.held',
  'profile.refused',
  'store.damaged',
]
/** A job that has ended may be told again; so many are remembered. */
const REMEMBERED = 5000

/** Of the library: gauges that are named like counters; the ones beside them, by type, say more. */
const ODD_NAMES = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

export class Metrics {
  readonly #registry = new Registry()
  readonly #ended = new Set<string>()

  readonly #dhcp = this.#counter('dhcp_packets_total', 'DHCP packets, by what became of them', ['outcome'])
  readonly #tftpBytes = this.#counter('tftp_sent_bytes_total', 'Bytes of files that TFTP sent whole', [])
  readonly #tftp = this.#counter('tftp_transfers_total', 'TFTP transfers, by how they ended', ['outcome'])
  readonly #tftpResent = this.#counter('tftp_resent_blocks_total', 'TFTP blocks that were sent again', [])
  readonly #boots = this.#counter('boots_total', 'Boot scripts answered, by what they do', ['answer'])
  readonly #happened = this.#counter('events_total', 'What happened, by the type of the event', ['type'])
  readonly #jobsEnded = this.#counter('jobs_ended_total', 'Jobs that ended, by kind and outcome', ['kind', 'outcome'])
  readonly #jobBytes = this.#counter('job_transferred_bytes_total', 'Image bytes of jobs that ended, over the network', [
    'kind',
    'direction',
  ])
  readonly #jobSeconds = new Histogram({
    name: 'platen_job_duration_seconds',
    help: 'From the start of a job to its success',
    labelNames: ['kind'],
    buckets: [15, 30, 60, 120, 300, 600, 1200, 3600, 10_800],
    registers: [this.#registry],
  })
  readonly #httpSeconds = new Histogram({
    name: 'platen_http_request_duration_seconds',
    help: 'From a request to the end of its answer, by operation',
    labelNames: ['operation', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.#registry],
  })
  readonly #httpBytes = this.#counter('http_sent_bytes_total', 'Bytes of answers, by operation', ['operation'])

  readonly #onJobEnded: MetricsDeps['onJobEnded']

  constructor(deps: MetricsDeps) {
    this.#onJobEnded = deps.onJobEnded
    collectDefaultMetrics({ register: this.#registry })
    for (const name of ODD_NAMES) this.#registry.removeSingleMetric(name)
    this.#gauge('info', 'The version that runs', ['version'], (gauge) => gauge.set({ version: VERSION }, 1))
    this.#gauge('nodes', 'Nodes by state', ['state'], (gauge) => {
      for (const [state, count] of Object.entries(deps.fleet().nodes)) gauge.set({ state }, count)
    })
    this.#gauge('jobs', 'Jobs that have not ended, by state', ['state'], (gauge) => {
      const { running, queued, held } = deps.fleet()
      for (const [state, count] of Object.entries({ running, queued, held })) gauge.set({ state }, count)
    })
    this.#gauge('image_versions', 'Versions of images that are kept', [], (gauge) =>
      gauge.set(deps.images().reduce((sum, { versions }) => sum + versions.length, 0)),
    )
    this.#gauge('store_free_bytes', 'Free space where images are kept', [], async (gauge) =>
      gauge.set((await deps.space()).freeBytes),
    )
    this.#gauge('store_size_bytes', 'The disk where images are kept', [], async (gauge) =>
      gauge.set((await deps.space()).totalBytes),
    )
    this.#gauge('findings', 'What the doctor finds, by severity', ['severity'], async (gauge) => {
      const found = await deps.findings()
      for (const severity of ['problem', 'notice'] as const)
        gauge.set({ severity }, found.filter((finding) => finding.severity === severity).length)
    })
    deps.events.subscribe((event) => this.#count(event), TOLD)
  }

  /** Whatever happens on the wire, by netboot's own events. */
  countNetboot(event: NetbootEvent): void {
    switch (event.type) {
      case 'dhcp.answered':
        this.#dhcp.inc({ outcome: event.answered.toLowerCase() })
        break
      case 'dhcp.ignored':
      case 'dhcp.malformed':
        this.#dhcp.inc({ outcome: event.type.slice('dhcp.'.length) })
        break
      case 'tftp.finished':
        this.#tftpBytes.inc(event.sizeBytes)
        this.#tftpResent.inc(event.resentBlocks)
        this.#tftp.inc({ outcome: 'finished' })
        break
      case 'tftp.failed':
      case 'tftp.refused':
        this.#tftp.inc({ outcome: event.type.slice('tftp.'.length) })
        break
      case 'script.answered':
        this.#boots.inc({ answer: event.answer })
        break
      default:
    }
  }

  /** Times every request of the application. */
  watch(app: FastifyInstance): void {
    app.addHook('onResponse', async (request, reply) => {
      const operation = rowOfRequest(request)?.operationId ?? 'none'
      this.#httpSeconds.observe({ operation, status: `${Math.floor(reply.statusCode / 100)}xx` }, reply.elapsedTime / 1000)
      const length = Number(reply.getHeader('content-length') ?? 0)
      if (length > 0) this.#httpBytes.inc({ operation }, length)
    })
  }

  /** GET /metrics; mounted where a token is asked for. */
  readonly routes: FastifyPluginAsync = async (app) => {
    app.get('/metrics', async (_request, reply) => reply.type(prometheusContentType).send(await this.#registry.metrics()))
  }

  #count(event: ApplianceEvent): void {
    if (event.type === 'job.changed') this.#countEnd(event.job)
    else this.#happened.inc({ type: event.type })
  }

  #countEnd(job: JobView): void {
    const { id, state, status, results } = job
    const { kind } = job.request
    if (state === 'queued' || state === 'running' || this.#ended.has(id)) return
    this.#ended.add(id)
    if (this.#ended.size > REMEMBERED) this.#ended.delete(this.#ended.values().next().value!)
    this.#onJobEnded?.(job)
    this.#jobsEnded.inc({ kind, outcome: state })
    for (const { transfer } of results) {
      this.#jobBytes.inc({ kind, direction: 'to-appliance' }, transfer.bytesSent ?? 0)
      this.#jobBytes.inc({ kind, direction: 'to-node' }, transfer.bytesReceived ?? 0)
    }
    const { startedAt, completedAt } = status
    if (state !== 'succeeded' || startedAt === undefined || completedAt === undefined) return
    this.#jobSeconds.observe({ kind }, Math.max(0, Date.parse(completedAt) - Date.parse(startedAt)) / 1000)
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `platen_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (gauge: Gauge<L>) => void | Promise<void>,
  ): void {
    new Gauge({
      name: `platen_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      async collect() {
        await read(this)
      },
    })
  }
}
