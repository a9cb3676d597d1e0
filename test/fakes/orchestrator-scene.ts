// All rooms behind HTTP in a folder of its own, asked over HTTP without a port, with machines that speak to it.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { replyToBadRequest } from '../../src/appliance/http/error-reply.ts'
import { installManners } from '../../src/appliance/http/manners.ts'
import { openRooms, type Rooms, type RoomsConfig } from '../../src/appliance/rooms.ts'
import type { Assignment, StepReport } from '../../src/contract/agent-api.ts'
import { type FoundRecords, formatRecord, type RecordAnswer } from '../../src/contract/disk-record.ts'
import type { ImageVersionView } from '../../src/contract/image.ts'
import { MANIFEST_TYPE } from '../../src/contract/image-transfer.ts'
import type { Inventory } from '../../src/contract/inventory.ts'
import type { JobRequest, JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import type { Present } from '../../src/contract/present.ts'
import { chunkDigest } from '../../src/imaging/chunk-digest.ts'
import { CHUNK_STREAM_TYPE, encodeFrameHeader } from '../../src/imaging/chunk-frames.ts'
import { diskIdsOf } from '../../src/imaging/disk-identity.ts'
import { encodeManifest } from '../../src/imaging/manifest-codec.ts'
import type { Orchestrator } from '../../src/orchestrator/index.ts'
import { digestOfText } from '../../src/orchestrator/node/node-texts.ts'
import { inventoryOf, macOf } from './inventories.ts'
import { PROVEN } from './proven-peer.ts'
import { SilentLog } from './silent-log.ts'
import { manifestOf } from './small-manifest.ts'
import { StateFolder } from './state-folder.ts'
import { TestClock } from './test-clock.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export interface Answer<T> {
  readonly status: number
  readonly body: T
}

export const TINY_PROFILE = `name: tiny
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
setup:
  actions:
    - extract: root.tar
    - { script: finish.sh, chroot: true }
capture:
  image: tiny
`

/** What a start takes at least: longer than the silence after which another boot of a machine at work is believed. */
const BOOT_MS = 25_000

type SceneSettings = Omit<RoomsConfig, 'dataDir' | 'profilesDir'>

export class OrchestratorScene implements AsyncDisposable {
  readonly #folders = [new StateFolder()]
  readonly #begun: { readonly rooms: Rooms; readonly app: FastifyInstance }[] = []
  readonly #settings: SceneSettings
  readonly clock = new TestClock()
  readonly log = new SilentLog()
  rooms!: Rooms
  app!: FastifyInstance

  constructor(settings: SceneSettings = {}) {
    this.#settings = settings
  }

  static async open(settings: SceneSettings = {}): Promise<OrchestratorScene> {
    const scene = new OrchestratorScene(settings)
    scene.dropFile('tiny/profile.yaml', TINY_PROFILE)
    scene.dropFile('tiny/root.tar', 'the files of an operating system')
    scene.dropFile('tiny/finish.sh', '#!/bin/sh\n')
    await scene.begin()
    return scene
  }

  async begin(): Promise<void> {
    const { dataDir, profilesDir, clock, log } = this
    this.rooms = await openRooms({ dataDir, profilesDir, ...this.#settings }, { clock, log })
    this.app = Fastify({ forceCloseConnections: true, frameworkErrors: replyToBadRequest })
    installManners(this.app)
    await this.app.register(this.rooms.routes)
    await this.rooms.start()
    this.#begun.push({ rooms: this.rooms, app: this.app })
  }

  get orchestrator(): Orchestrator {
    return this.rooms.orchestrator
  }

  /** What stands on disk at this instant is all that the next one has, as after kill -9; the old one goes on in its old folder. */
  async killAndBegin(): Promise<void> {
    const next = new StateFolder()
    cpSync(this.dataDir, next.path, { recursive: true })
    this.#folders.push(next)
    await this.begin()
  }

  get dataDir(): string {
    return this.#folders.at(-1)!.path
  }

  get profilesDir(): string {
    return join(this.dataDir, 'profiles')
  }

  dropFile(path: string, text: string): void {
    mkdirSync(dirname(join(this.profilesDir, path)), { recursive: true })
    writeFileSync(join(this.profilesDir, path), text)
  }

  /** All that the state keeps. */
  stateText(): string {
    const folder = join(this.dataDir, 'state')
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
  }

  get operatorToken(): string {
    return readFileSync(join(this.dataDir, 'secrets', 'operator-token'), 'utf8').trim()
  }

  async operator<T>(method: Method, path: string, body?: object): Promise<Answer<T>> {
    return this.#ask(method, `/api/v1${path}`, this.operatorToken, body)
  }

  async post(request: Partial<JobRequest>): Promise<JobView> {
    const { status, body } = await this.operator<JobView>('POST', '/jobs', request)
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body
  }

  async job(id: string): Promise<JobView> {
    return (await this.operator<JobView>('GET', `/jobs/${id}`)).body
  }

  async logOf(id: string): Promise<string> {
    return (
      await this.app.inject({ url: `/api/v1/jobs/${id}/log.txt`, headers: { authorization: `Bearer ${this.operatorToken}` } })
    ).body
  }

  /** Machine n boots into the boot OS: it has a token, and its agent said hello. */
  async boot(n: number, change: Partial<Inventory> = {}): Promise<SceneMachine> {
    const answer = this.orchestrator.bootAnswer(bootClientOf(n))
    if (answer.kind !== 'boot-os') throw new Error(`machine ${n} is told ${answer.kind}`)
    const token = answer.kernelArguments.find((word) => word.startsWith('platen.token='))!.slice('platen.token='.length)
    const machine = new SceneMachine(this, token)
    if ((await machine.hello(inventoryOf(n, change))) === 'NODE_AT_WORK') {
      this.clock.advance(BOOT_MS)
      await machine.hello(inventoryOf(n, change))
    }
    return machine
  }

  /** As boot, and a person approves it. */
  async approved(n: number, change: Partial<Inventory> = {}): Promise<SceneMachine> {
    const machine = await this.boot(n, change)
    await this.operator<NodeView>('POST', `/nodes/${machine.nodeName}/approve`)
    return machine
  }

  agent<T>(token: string, path: string, body: object): Promise<Answer<T>> {
    return this.#ask('POST', `/agent/v1${path}`, token, body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { rooms, app } of this.#begun) {
      await rooms.stop()
      await app.close()
    }
    for (const folder of this.#folders) folder[Symbol.dispose]()
  }

  async #ask<T>(method: Method, url: string, token: string, body: object | undefined): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await this.app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
    return { status: answer.statusCode, body: (answer.body === '' ? undefined : JSON.parse(answer.body)) as T }
  }
}

export class SceneMachine {
  readonly token: string
  readonly #scene: OrchestratorScene
  readonly #published = new Set<string>()
  #inventory: Inventory | undefined
  /** What its last deploy left there. */
  disk: FoundRecords['records'][number] | undefined
  nodeName = ''
  nodeId = ''

  constructor(scene: OrchestratorScene, token: string) {
    this.#scene = scene
    this.token = token
  }

  /** Gives the code of a refusal. */
  async hello(inventory: Inventory): Promise<string | undefined> {
    this.#inventory = inventory
    const said = { agentVersion: '1', inventory }
    const { body } = await this.ask<{ nodeId: string; nodeName: string; code?: string }>('/hello', said)
    this.nodeId = body.nodeId
    this.nodeName = body.nodeName
    return body.code
  }

  ask<T>(path: string, body: object): Promise<Answer<T>> {
    return this.#scene.agent<T>(this.token, path, body)
  }

  async claim(waitSeconds = 0): Promise<Assignment | undefined> {
    const { status, body } = await this.ask<Assignment>('/claim', { waitSeconds })
    if (status === 204) return undefined
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body
  }

  /** As an honest agent does: what a step that is done should leave is there before it is reported. */
  async report<T = { order: string }>(assignment: Assignment, step: number, more: Partial<StepReport> = {}): Promise<Answer<T>> {
    const isDone = (more.outcome ?? 'done') === 'done'
    return this.say(assignment, step, { ...(isDone ? await this.#leave(assignment, step) : {}), ...more })
  }

  /** Only says it. */
  say<T = { order: string }>({ jobId, leaseId }: Assignment, step: number, more: Partial<StepReport> = {}): Promise<Answer<T>> {
    return this.ask(`/jobs/${jobId}/reports`, { leaseId, step, outcome: 'done', seconds: 1, transfer: {}, ...more })
  }

  async #leave(assignment: Assignment, index: number): Promise<Partial<StepReport>> {
    const step = assignment.steps[index]
    if (step?.kind === 'capture' && !this.#published.has(assignment.leaseId)) await this.publish(assignment)
    if (step?.kind === 'personalise' || step?.kind === 'packages')
      return step.configuration === undefined
        ? {}
        : { configuration: step.configuration.map(({ to, text }) => ({ to, digest: digestOfText(text) })) }
    if (step?.kind !== 'deploy' && step?.kind !== 'verify' && step?.kind !== 'record') return {}
    const { body } = await this.#scene.operator<ImageVersionView>('GET', `/images/${step.imageName}/versions/${step.version}`)
    if (step.kind === 'record') await this.#leaveRecord(assignment, body.contentDigest)
    return { contentDigest: body.contentDigest }
  }

  /** Signed, left on its first disk, and shown. */
  async #leaveRecord({ jobId, leaseId }: Assignment, contentDigest: string): Promise<void> {
    const disk = { ids: diskIdsOf(this.#inventory!.disks[0]!), tableId: 'aaaa' }
    const asked = { leaseId, contentDigest, disks: [disk], place: 'beside' }
    const { body } = await this.ask<RecordAnswer>(`/jobs/${jobId}/record`, asked)
    this.disk = { text: formatRecord(body.records[0]!), disk }
    await this.prove()
  }

  /** As its agent does after each hello: what stands on its disk. */
  prove(): Promise<Answer<Present>> {
    return this.ask('/present', { records: this.disk === undefined ? [] : [this.disk] })
  }

  /** Publishes a version of one chunk, which is sent before. `content` makes it another one. */
  async publish(assignment: Assignment, content: string | Buffer = 'tiny'): Promise<Answer<{ version: number }>> {
    const bytes = Buffer.from(content)
    const digest = chunkDigest(bytes)
    const stored = zstdCompressSync(bytes)
    const frames = Buffer.concat([encodeFrameHeader(digest, stored.length), stored])
    await this.#send(assignment, 'chunks', CHUNK_STREAM_TYPE, frames)
    const manifest = zstdCompressSync(encodeManifest(manifestOf([digest])))
    const answer = await this.#send<{ version: number }>(assignment, 'manifest', MANIFEST_TYPE, manifest)
    if (answer.status === 200) this.#published.add(assignment.leaseId)
    return answer
  }

  async #send<T>({ jobId, leaseId }: Assignment, path: string, type: string, payload: Buffer): Promise<Answer<T>> {
    const answer = await this.#scene.app.inject({
      method: 'POST',
      url: `/agent/v1/jobs/${jobId}/${path}?leaseId=${leaseId}`,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': type },
      payload,
    })
    return { status: answer.statusCode, body: answer.json() }
  }

  heartbeat({ jobId, leaseId }: Assignment, step = 0): Promise<Answer<{ order: string }>> {
    return this.ask(`/jobs/${jobId}/heartbeat`, {
      leaseId,
      step,
      minorState: 'working',
      percent: 40,
      secondsLeft: 9,
      transfer: { bytesRead: 7 },
    })
  }

  logLines({ jobId, leaseId }: Assignment, firstLine: number, lines: readonly string[]): Promise<Answer<unknown>> {
    return this.ask(`/jobs/${jobId}/log`, { leaseId, firstLine, lines })
  }

  /** Reports all steps from where the job stands. */
  async finish(assignment: Assignment): Promise<void> {
    for (let step = assignment.stepIndex; step < assignment.steps.length; step++) await this.report(assignment, step)
  }
}

/** As netboot asks for machine n. */
export function bootClientOf(n: number) {
  return {
    mac: macOf(n),
    systemUuid: undefined,
    firmware: 'bios',
    architecture: 'x64',
    applianceUrl: 'http://10.0.0.1:8080',
    ...PROVEN,
  } as const
}
