// Jobs as people meet them: post, look, cancel. A job is posted with everything that its request means today.
import { randomUUID } from 'node:crypto'
import type { ConfiguredFile } from '../../contract/configuration.ts'
import { AppError, type ErrorCode } from '../../contract/errors.ts'
import type { JobRequest, JobView } from '../../contract/job.ts'
import type { PackageRef } from '../../contract/package.ts'
import type { Step } from '../../contract/steps.ts'
import type { ImageService, PackageService, Profiles } from '../../library/index.ts'
import { type Clock, instantOf } from '../../store/index.ts'
import type { NodeClasses } from '../node/classes.ts'
import { digestOfText, type NodeTexts } from '../node/node-texts.ts'
import type { Nodes } from '../node/nodes.ts'
import type { NodeRecord } from '../node/record.ts'
import type { FunctionFiles } from '../wanted/function-desk.ts'
import type { JobChanges } from './changes.ts'
import { alreadyEnded, dependencyFailed, notQueued } from './failures.ts'
import type { JobBook } from './job-book.ts'
import type { JobLogs } from './log-files.ts'
import { pinRequest } from './pin.ts'
import { planPackages } from './pin-packages.ts'
import { type Plan, planJob } from './plan.ts'
import type { PlannedText } from './plan-input.ts'
import { compareInQueue, placeBefore, placeOf } from './queue-order.ts'
import { isEnded, type JobPins, type JobRecord } from './record.ts'
import type { RunFiles } from './run-files.ts'
import { type StepSecretsPort, secretsOf } from './step-secrets.ts'
import type { JobEvent } from './transition.ts'

interface JobsDeps {
  readonly book: JobBook
  readonly changes: JobChanges
  readonly nodes: Nodes
  readonly classes: Pick<NodeClasses, 'personaliseFor'>
  readonly profiles: Profiles
  readonly images: ImageService
  readonly packages: PackageService
  readonly runFiles: Pick<RunFiles, 'ref'>
  readonly texts: NodeTexts
  /** Files that a node gets by its function. */
  readonly filesOf: (node: NodeRecord) => FunctionFiles
  /** Templates and files by name, as they are for any machine here. */
  readonly filesNamed: (names: readonly string[]) => FunctionFiles
  readonly logs: JobLogs
  readonly clock: Clock
  readonly view: (job: JobRecord) => JobView
  /** Of the appliance, for every template. */
  readonly facts: Readonly<Record<string, string>>
  readonly secrets: StepSecretsPort
}

/** So many ended jobs a list shows when it is not told how many. */
const ENDED_SHOWN = 100

export class Jobs {
  readonly #deps: JobsDeps

  constructor(deps: JobsDeps) {
    this.#deps = deps
  }

  /** In the queue and on disk when it answers. by: what posts it, when that is not a person. */
  async post(request: JobRequest, by?: string): Promise<JobView> {
    const { book, changes, profiles, logs, clock } = this.#deps
    // What lies in the folder now is what a person who posts a build means.
    if (request.kind === 'build') await profiles.look(true)
    const { pins, texts } = this.#pin(request)
    await this.#deps.texts.keep(texts)
    const waitsFor = await this.#openDependencies(request.after ?? [])
    const id = randomUUID()
    const sequence = book.takeSequence()
    const draft: JobRecord = {
      id,
      sequence,
      request,
      ...(by === undefined ? {} : { by }),
      queuedAt: instantOf(clock.now()),
      life: { phase: 'queued', attempt: 0, ...(request.held === true ? { hold: 'posted on hold' } : {}) },
      place: placeOf(request, sequence),
      ...(waitsFor.length > 0 ? { waitsFor } : {}),
      pins,
      stepKinds: [],
      results: [],
    }
    const { steps, onFailure } = await this.plan(draft, undefined)
    const stepSecrets = steps.map(secretsOf)
    // Said now, not in the middle of a build.
    this.#deps.secrets.valuesOf(stepSecrets.flat())
    const job: JobRecord = {
      ...draft,
      stepKinds: steps.map(({ kind }) => kind),
      ...(steps.some(retriesOf) ? { stepRetries: steps.map(retriesOf) } : {}),
      ...(stepSecrets.some(({ length }) => length > 0) ? { stepSecrets } : {}),
      ...(onFailure === undefined ? {} : { hasOnFailure: true }),
    }
    logs.noteSoon(id, `posted: ${describe(job)}${by === undefined ? '' : `, by ${by}`}`)
    await book.put(job)
    changes.offer(job)
    return this.#deps.view(job)
  }

  /** Throws what posting the request would be refused with; else gives what it means today. */
  refuse(request: JobRequest): JobPins {
    return this.#pin(request).pins
  }

  #pin(request: JobRequest): { readonly pins: JobPins; readonly texts: readonly string[] } {
    const { nodes, classes, profiles, images, filesOf, filesNamed } = this.#deps
    const texts: string[] = []
    const taken = (who: string, found: FunctionFiles): readonly ConfiguredFile[] => {
      if (found.kind === 'refused') throw configurationRefused(who, found.reason)
      return found.files.map(({ text, ...file }) => {
        texts.push(text)
        return { ...file, digest: digestOfText(text) }
      })
    }
    const pins = pinRequest(request, {
      node: (idOrName) => nodes.find(idOrName),
      profile: (name) => profiles.inForce(name),
      image: (name, version) => images.find(name, version),
      personaliseOf: (node) => classes.personaliseFor(node),
      packages: this.#deps.packages,
      runFile: (file) => this.#deps.runFiles.ref(file),
      configurationOf: (node) => taken(node.name, filesOf(node)),
      configurationNamed: (profile, names) => taken(`profile ${profile}`, filesNamed(names)),
    })
    return { pins, texts }
  }

  /** The steps as the node gets them; without a node, to see whether there is a plan at all. */
  async plan({ id, request, pins, stepKinds }: JobRecord, node: NodeRecord | undefined): Promise<Plan> {
    const { profiles, images } = this.#deps
    const { profile: name } = request
    const { profileRevision, imageName, imageVersion, personalise } = pins
    const profile =
      name === undefined || profileRevision === undefined ? undefined : await profiles.revision(name, profileRevision)
    const hasImage = imageVersion !== undefined || images.list().some((each) => each.name === imageName)
    const image = hasImage && imageName !== undefined ? images.find(imageName, imageVersion) : undefined
    // What an image has may be on any disk: such an id needs a second sign.
    const sharedTableIds = [...images.tableIds()]
    const knownTableIds = [...new Set([id, ...(node?.tableIds ?? []).filter((each) => !sharedTableIds.includes(each))])]
    const { knownDisks = [], provenDisks = [] } = node ?? {}
    const signs = { knownTableIds, sharedTableIds, knownDisks, provenDisks }
    const contentOf = (ref: PackageRef) => this.#deps.packages.content(ref)
    const packages =
      pins.packages === undefined
        ? undefined
        : planPackages(request, pins.packages, request.kind === 'packages' ? (node?.installed?.packages ?? []) : [], contentOf)
    const configuration = await Promise.all((pins.configuration ?? []).map((file) => this.#textOf(file)))
    const leavesRecord = stepKinds.length === 0 || stepKinds.includes('record')
    return planJob({
      jobId: id,
      request,
      profile,
      image,
      personalise,
      packages,
      configuration,
      node,
      leavesRecord,
      runFiles: request.run?.files.map((file) => this.#deps.runFiles.ref(file)),
      ...signs,
      facts: this.#deps.facts,
    })
  }

  async #textOf({ name, to, mode, owner, digest }: ConfiguredFile): Promise<PlannedText> {
    const text = await this.#deps.texts.find(digest)
    if (text === undefined) throw textGone(to)
    return { name, text: { to, ...(mode === undefined ? {} : { mode }), ...(owner === undefined ? {} : { owner }), text } }
  }

  async list(endedLimit = ENDED_SHOWN): Promise<readonly JobView[]> {
    return (await this.#deps.book.list(endedLimit)).map(this.#deps.view)
  }

  async show(id: string): Promise<JobView> {
    return this.#deps.view(await this.#deps.book.find(id))
  }

  cancel(id: string, reason: string): Promise<JobView> {
    return this.#applyTo(id, { type: 'cancelled' }, `cancelled: ${reason}`)
  }

  /** A running one is taken from its node first. */
  hold(id: string, reason: string): Promise<JobView> {
    return this.#applyTo(id, { type: 'held', reason }, `held: ${reason}`)
  }

  /** Also ends a back-off. */
  async resume(id: string): Promise<JobView> {
    const { life } = await this.#unended(id)
    if (life.phase !== 'queued') throw notQueued(id, life.phase)
    return this.#applyTo(id, { type: 'resumed' }, 'resumed')
  }

  /** Right before another queued job, or to the head of the queue. */
  async move(id: string, beforeId: string | undefined): Promise<JobView> {
    const { book, changes, logs, view } = this.#deps
    const [job, target] = [await this.#unended(id), beforeId === undefined ? undefined : await this.#unended(beforeId)]
    for (const each of [job, target])
      if (each !== undefined && each.life.phase !== 'queued') throw notQueued(each.id, each.life.phase)
    const queue = book.unended().filter(({ life, id: each }) => life.phase === 'queued' && each !== id)
    queue.sort(compareInQueue)
    const at = target === undefined ? 0 : queue.findIndex((each) => each.id === target.id)
    const next = queue[at]
    if (next === undefined) return view(job)
    const moved = { ...job, place: placeBefore(next.place, queue[at - 1]?.place) }
    await Promise.all([
      book.put(moved),
      logs.note(id, target === undefined ? 'moved to the head of the queue' : `moved before job ${target.id}`),
    ])
    changes.offer(moved)
    return view(moved)
  }

  /** The job that the node runs, if any, goes back to the queue. */
  async takeFrom(node: NodeRecord, reason: string): Promise<void> {
    const job = this.#deps.book.unended().find(({ life }) => life.phase === 'running' && life.nodeId === node.id)
    if (job === undefined) return
    this.#deps.nodes.orderRestart(node.id)
    const isFailing = job.life.phase === 'running' && job.life.isFailing === true
    const note = isFailing ? reason : `${reason}; queued again`
    const change = this.#deps.changes.apply(job, { type: 'node-reclaimed' }, { note })
    await Promise.all([change.written, change.noted])
  }

  /** After a start: what was waited for may have ended in the last moment of the process before. */
  async settleDependencies(): Promise<void> {
    const { book, changes } = this.#deps
    for (const id of book.awaited()) {
      const awaited = await book.find(id).catch(() => undefined)
      if (awaited !== undefined && !isEnded(awaited)) continue
      for (const job of book.dependentsOf(id))
        changes.settleDependency(job, awaited ?? { id, life: { phase: 'failed', attempt: 0, stepIndex: 0 } })
    }
  }

  async #applyTo(id: string, event: JobEvent, note: string): Promise<JobView> {
    const change = this.#deps.changes.apply(await this.#unended(id), event, { note })
    await Promise.all([change.written, change.noted])
    return this.#deps.view(change.job)
  }

  async #unended(id: string): Promise<JobRecord> {
    const known = await this.#deps.book.find(id)
    // Looked up again: it may have changed while the history was read.
    const job = this.#deps.book.get(id)
    if (job === undefined || isEnded(job)) throw alreadyEnded(id, (job ?? known).life.phase)
    return job
  }

  /** Those of the named jobs that have not succeeded yet. */
  async #openDependencies(ids: readonly string[]): Promise<readonly string[]> {
    const open: string[] = []
    for (const id of new Set(ids)) {
      const { life } = await this.#deps.book.find(id)
      if (life.phase === 'succeeded') continue
      const { code, message, hint } = dependencyFailed(id, life.phase)
      if (isEnded({ life })) throw new AppError(code as ErrorCode, message, hint)
      open.push(id)
    }
    return open
  }
}

function configurationRefused(who: string, reason: string): AppError {
  return new AppError(
    'TEMPLATE_NOT_RENDERED',
    `${who}: ${reason}`,
    'Look at it with `platen template render NAME`, for a machine with --node. A deploy without the files of the function: --no-personalise.',
  )
}

function textGone(to: string): AppError {
  return new AppError('TEMPLATE_NOT_RENDERED', `the text of ${to} is not kept any more`, 'Post the job again.')
}

function retriesOf(step: Step): number {
  return 'retries' in step ? (step.retries ?? 0) : 0
}

function describe({ request, pins }: JobRecord): string {
  const version = pins.imageVersion === undefined ? '' : ` version ${pins.imageVersion}`
  const from = request.profile === undefined ? '' : ` from profile ${request.profile} ${pins.profileRevision?.slice(0, 12)}`
  const image = pins.imageName === undefined ? '' : ` of ${pins.imageName}${version}${from}`
  return `${request.kind}${image}${request.node === undefined ? '' : ` on ${request.node}`}`
}
