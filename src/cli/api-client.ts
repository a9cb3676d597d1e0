// The operator API over HTTP. Reads the token's file, opens connections; knows no rules.
import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import {
  AddedAgentCredential,
  AgentConfigView,
  AgentCredentialList,
  ApplianceList,
  ApplianceView,
} from '../contract/appliances.ts'
import { BackupCut } from '../contract/backup.ts'
import { BootBuildList, BootBuildView } from '../contract/boot-build.ts'
import { DoctorReport } from '../contract/doctor.ts'
import { AppError } from '../contract/errors.ts'
import { ImageList, ImageVersionView, VersionDiff } from '../contract/image.ts'
import { CollectResult, PruneResult, ScrubStatus, VersionCheckStatus } from '../contract/image-care.ts'
import { ImageFiles } from '../contract/image-files.ts'
import { ImportStart } from '../contract/image-transfer.ts'
import { JobView } from '../contract/job.ts'
import { NbdExportView } from '../contract/nbd.ts'
import { HookList, HookView } from '../contract/notices.ts'
import {
  ApprovalRule,
  ApprovalRuleList,
  JobFileList,
  JobList,
  JobLog,
  NodeClassList,
  NodeClassView,
  NodeList,
  NodeRestartAnswer,
  NodeView,
  ProfileList,
  SshKeyView,
} from '../contract/operator-api.ts'
import { PACKAGE_TYPE, PackageList, type PackageVersionView, PackageView, Resolution } from '../contract/package.ts'
import { readProblem } from '../contract/problem.ts'
import { ProfileView } from '../contract/profile.ts'
import { RollOutList, RollOutView } from '../contract/roll-out.ts'
import type { KeptRunFile } from '../contract/run.ts'
import { ScheduleList, ScheduleView } from '../contract/schedules.ts'
import { MovePlan, NodeHistory, NodeWanted } from '../contract/wanted.ts'
import { WipeCertificateVerdict } from '../contract/wipe.ts'
import type { OperatorApi } from './api.ts'
import { createBundleClient, type Send } from './bundle-client.ts'
import { createCentralClient } from './central/central-api.ts'
import { createEventClient } from './event-client.ts'
import { fetchAgain, unreachable } from './fetch-again.ts'
import { tellFileFailures } from './file-failure.ts'
import { namesIn, namesPath } from './names.ts'
import { createOperationClient } from './operation-client.ts'
import { createPeopleClient } from './people-client.ts'
import { apiOfSite, createSiteClient, ownUrl } from './sites/site-api.ts'
import { createWireClient } from './wire-client.ts'

/** The imaging engine is large, and few commands need it. */
const engine = () => import('../winpe-agent/index.ts')

/** The answer to a DELETE has no body. */
const NOTHING = Type.Void()

export interface ClientDeps {
  readonly url: string
  readonly tokenFile: string
  /** Where the token of a login is kept. Left out: beside the other one. */
  readonly keptTokenFile?: string
  /** Where the CA that a login was told of is kept. Left out: beside the token. */
  readonly keptCaFile?: string
  /** A site that follows that appliance, which asks it: paris, or region/paris. */
  readonly site?: string
  readonly signal: AbortSignal
  readonly fetch?: typeof globalThis.fetch
}

export function createApiClient(deps: ClientDeps): OperatorApi {
  const url = deps.url.replace(/\/+$/, '')
  const send = sender({ ...deps, url })
  const ask = asker(send)
  const askOpenly = asker(sender({ ...deps, url }, () => undefined))
  const accessOf = () => ({ url: ownUrl(url, deps.site), token: readToken(deps.tokenFile) })
  const path = (...parts: (string | number)[]) => parts.map((part) => `/${encodeURIComponent(part)}`).join('')
  return {
    ...createPeopleClient({ ask, askOpenly, keptTokenFile: deps.keptTokenFile ?? `${deps.tokenFile}.login` }),
    ...createBundleClient(ask, send),
    ...createWireClient({ ask, url, keptCaFile: deps.keptCaFile ?? `${deps.tokenFile}.ca`, signal: deps.signal }),
    ...createCentralClient(ask),
    ...createOperationClient(ask),
    beginBackupCut: () => ask('POST', '/backup-cuts', BackupCut),
    supportBundle: async () => new Uint8Array(await (await send('GET', '/support-bundle')).arrayBuffer()),
    endBackupCut: (id) => ask('DELETE', path('backup-cuts', id), NOTHING),
    ...createSiteClient(ask),
    doctor: async () => (await ask('GET', '/doctor', DoctorReport)).findings,

    ...createEventClient({ url, site: deps.site, token: () => readToken(deps.tokenFile) }),
    names: async (of) => namesIn(of, await ask('GET', namesPath(of), Type.Record(Type.String(), Type.Unknown()))),

    nodes: async () => (await ask('GET', '/nodes', NodeList)).nodes,
    node: (node) => ask('GET', path('nodes', node), NodeView),
    changeNode: (node, change) => ask('PATCH', path('nodes', node), NodeView, change),
    approveNode: (node, change) => ask('POST', path('nodes', node, 'approve'), NodeView, change),
    holdNode: (node, reason) => ask('POST', path('nodes', node, 'hold'), NodeView, { reason }),
    proveNode: (node) => ask('POST', path('nodes', node, 'prove'), NodeView),
    releaseNode: (node) => ask('POST', path('nodes', node, 'release'), NodeView),
    restartNode: (node, how) => ask('POST', path('nodes', node, 'restart'), NodeRestartAnswer, how),
    sshKey: () => ask('GET', '/ssh-key', SshKeyView),
    reclaimNode: (node, reason) => ask('POST', path('nodes', node, 'reclaim'), NodeView, { reason }),
    retireNode: (node) => ask('POST', path('nodes', node, 'retire'), NodeView),
    mergeNode: (node, into) => ask('POST', path('nodes', node, 'merge'), NodeView, { into }),
    splitNode: (node, mac, name) => ask('POST', path('nodes', node, 'split'), NodeView, { mac, name }),

    classes: async () => (await ask('GET', '/classes', NodeClassList)).classes,
    class: (name) => ask('GET', path('classes', name), NodeClassView),
    planRollOut: (name, wish) => ask('POST', path('classes', name, 'roll-out-plans'), MovePlan, wish),
    beginRollOut: (name, wish) => ask('POST', path('classes', name, 'roll-outs'), RollOutView, wish),
    rollOuts: async () => (await ask('GET', '/roll-outs', RollOutList)).rollOuts,
    rollOut: (id) => ask('GET', path('roll-outs', id), RollOutView),
    steerRollOut: (id, how) => ask('POST', path('roll-outs', id, how), RollOutView),
    wanted: (node) => ask('GET', path('nodes', node, 'wanted'), NodeWanted),
    setWanted: (node, wanted) => ask('PUT', path('nodes', node, 'wanted'), NodeWanted, wanted),
    nodeHistory: async (node) => (await ask('GET', path('nodes', node, 'history'), NodeHistory)).ran,
    planNodeRollBack: (node, to) => ask('GET', `${path('nodes', node, 'roll-back')}${toQuery(to)}`, MovePlan),
    rollBackNode: (node, to) => ask('POST', path('nodes', node, 'roll-back'), JobView, { to }),
    planClassRollBack: (name, to) => ask('GET', `${path('classes', name, 'roll-back')}${toQuery(to)}`, MovePlan),
    rollBackClass: async (name, wish) => (await ask('POST', path('classes', name, 'roll-back'), JobList, wish)).jobs,
    setClass: (name, content) => ask('PUT', path('classes', name), NodeClassView, content),
    removeClass: (name) => ask('DELETE', path('classes', name), NOTHING),
    deployToClass: async (name, deploy) => (await ask('POST', path('classes', name, 'deploy'), JobList, deploy)).jobs,
    rules: async () => (await ask('GET', '/approval-rules', ApprovalRuleList)).rules,
    addRule: (rule) => ask('POST', '/approval-rules', ApprovalRule, rule),
    removeRule: (id) => ask('DELETE', path('approval-rules', id), NOTHING),

    hooks: async () => (await ask('GET', '/hooks', HookList)).hooks,
    setHook: (name, hook) => ask('PUT', path('hooks', name), HookView, hook),
    removeHook: (name) => ask('DELETE', path('hooks', name), NOTHING),

    schedules: async () => (await ask('GET', '/schedules', ScheduleList)).schedules,
    setSchedule: (name, schedule) => ask('PUT', path('schedules', name), ScheduleView, schedule),
    removeSchedule: (name) => ask('DELETE', path('schedules', name), NOTHING),

    agentCredentials: async () => (await ask('GET', '/agent-credentials', AgentCredentialList)).credentials,
    addAgentCredential: (name) => ask('POST', '/agent-credentials', AddedAgentCredential, { name }),
    removeAgentCredential: (name) => ask('DELETE', path('agent-credentials', name), NOTHING),
    appliances: async () => (await ask('GET', '/appliances', ApplianceList)).appliances,
    setAppliance: (name, entry) => ask('PUT', path('appliances', name), ApplianceView, entry),
    removeAppliance: (name) => ask('DELETE', path('appliances', name), NOTHING),
    agentConfig: (node) => ask('GET', path('nodes', node, 'agent-config'), AgentConfigView),

    jobs: async () => (await ask('GET', '/jobs', JobList)).jobs,
    job: (id) => ask('GET', path('jobs', id), JobView),
    addJob: (job) => ask('POST', '/jobs', JobView, job),
    cancelJob: (id, reason) => ask('POST', path('jobs', id, 'cancel'), JobView, { reason }),
    holdJob: (id, reason) => ask('POST', path('jobs', id, 'hold'), JobView, { reason }),
    resumeJob: (id) => ask('POST', path('jobs', id, 'resume'), JobView),
    moveJob: (id, before) => ask('POST', path('jobs', id, 'move'), JobView, { before }),
    jobFiles: async (id) => (await ask('GET', path('jobs', id, 'files'), JobFileList)).files,
    jobFile: async (id, name) => new Uint8Array(await (await send('GET', path('jobs', id, 'files', name))).arrayBuffer()),
    addRunFile: (bytes) => sendRunFile(send, bytes),
    verifyWipeCertificate: (signed) => ask('POST', '/wipe-certificates/verify', WipeCertificateVerdict, signed),
    jobLog: (id, fromLine) => ask('GET', `${path('jobs', id, 'log')}?fromLine=${fromLine}`, JobLog),

    exportImage: (order, talk) =>
      tellFileFailures(async () => (await engine()).exportImage(order, { ...talk, access: accessOf() })),
    async importImage(order, talk) {
      const { importId } = await ask('POST', path('images', order.imageName, 'imports'), ImportStart)
      try {
        const { importImage } = await engine()
        return await tellFileFailures(() => importImage({ ...order, importId }, { ...talk, access: accessOf() }))
      } catch (error) {
        // What it reserved is free at once; an appliance that is away frees it by itself.
        await ask('DELETE', path('imports', importId), NOTHING).catch(() => undefined)
        throw error
      }
    },
    images: async () => (await ask('GET', '/images', ImageList)).images,
    imageFiles: (name, version, query) =>
      ask('GET', `${path('images', name, 'versions', version, 'files')}?${queryOf(query)}`, ImageFiles),
    imageFile: async (name, version, query) => {
      const { body } = await send('GET', `${path('images', name, 'versions', version, 'files', 'content')}?${queryOf(query)}`)
      return body ?? new Blob([]).stream()
    },
    offerDisk: (name, version, request) => ask('POST', path('images', name, 'versions', version, 'nbd'), NbdExportView, request),
    beginVerify: (name, version) => ask('POST', path('images', name, 'versions', version, 'verify'), VersionCheckStatus),
    verifyStatus: (name, version) => ask('GET', path('images', name, 'versions', version, 'verify'), VersionCheckStatus),
    tagImage: (name, version, tag) => ask('PUT', path('images', name, 'versions', version, 'tags', tag), ImageVersionView),
    sayOfImage: (name, version, facts) => ask('PUT', path('images', name, 'versions', version, 'facts'), ImageVersionView, facts),
    untagImage: (name, tag) => ask('DELETE', path('images', name, 'tags', tag), NOTHING),
    removeImageVersion: (name, version) => ask('DELETE', path('images', name, 'versions', version), NOTHING),
    pruneImage: (name, policy) => ask('POST', path('images', name, 'prune'), PruneResult, policy),
    beginScrub: () => ask('POST', '/images/scrub', ScrubStatus),
    scrubStatus: () => ask('GET', '/images/scrub', ScrubStatus),
    collectImages: () => ask('POST', '/images/collect', CollectResult),
    diffFiles: (order, talk) => tellFileFailures(async () => (await engine()).diffFiles(order, { ...talk, access: accessOf() })),
    diffImage: (name, from, to) => ask('GET', path('images', name, 'diff', from, to), VersionDiff),

    bootBuilds: async () => (await ask('GET', '/boot-builds', BootBuildList)).builds,
    bootBuild: (architecture, number) => ask('GET', path('boot-builds', architecture, number), BootBuildView),
    useBootBuild: (architecture, number) => ask('POST', path('boot-builds', architecture, number, 'use'), BootBuildView),
    removeBootBuild: (architecture, number) => ask('DELETE', path('boot-builds', architecture, number), NOTHING),

    packages: () => ask('GET', '/packages', PackageList),
    package: (name) => ask('GET', path('packages', name), PackageView),
    addPackage: (file) => sendPackage(send, file),
    removePackage: (name, version) => ask('DELETE', path('packages', name, 'versions', version), NOTHING),
    resolvePackages: (query) => ask('POST', '/packages/resolve', Resolution, query),

    profiles: async () => (await ask('GET', '/profiles', ProfileList)).profiles,
    checkProfile: (name) => ask('POST', path('profiles', name, 'check'), ProfileView),
  }
}

/** Without what was left out. */
function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const said = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return new URLSearchParams(said).toString()
}

const toQuery = (to: number | undefined): string => (to === undefined ? '' : `?to=${to}`)

/** Any answer that is not a refusal. */
function sender(
  { url, tokenFile, site, signal, fetch = globalThis.fetch }: ClientDeps,
  tokenOf: () => string | undefined = () => readToken(tokenFile),
): Send {
  let token: string | undefined
  return async (method, path, body, streamed) => {
    token ??= tokenOf()
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (streamed !== undefined) headers['content-type'] = streamed.type
    const target = `${url}${apiOfSite(site)}${path}`
    const response = await fetchAgain(fetch, target, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(streamed === undefined ? {} : { body: streamed.stream, duplex: 'half' }),
    }).catch((error: unknown) => {
      throw signal.aborted ? error : unreachable(url, error)
    })
    if (response.ok) return response
    throw refusal(target, response.status, await response.json().catch(() => undefined))
  }
}

async function sendRunFile(send: Send, bytes: Uint8Array): Promise<KeptRunFile> {
  const stream = ReadableStream.from([bytes]) as ReadableStream<Uint8Array>
  const response = await send('POST', '/run-files', undefined, { type: 'application/octet-stream', stream })
  return (await response.json()) as KeptRunFile
}

async function sendPackage(send: Send, file: string): Promise<PackageVersionView> {
  await access(file).catch((error: Error) => {
    throw new AppError('CLI_USAGE', `${file} cannot be read: ${error.message}`, 'Name a folder with a package.yaml, or a .deb.')
  })
  const { folderStream } = await engine()
  const stream = ReadableStream.from(folderStream(file)) as ReadableStream<Uint8Array>
  const response = await send('POST', '/packages', undefined, { type: PACKAGE_TYPE, stream })
  return (await response.json()) as PackageVersionView
}

function asker(send: Send) {
  return async <T extends TSchema>(method: string, path: string, answer: T, body?: unknown): Promise<Static<T>> => {
    const response = await send(method, path, body)
    const content: unknown = await response.json().catch(() => undefined)
    if (Value.Check(answer, content)) return content
    throw new AppError(
      'CLI_APPLIANCE_UNREACHABLE',
      `${method} ${path} was answered with something that this version does not understand`,
      'Is it a Platen appliance, and of the same version as this program? See `platen --version` and /healthz.',
    )
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new AppError(
      'CLI_TOKEN_UNREADABLE',
      `no token: ${(error as Error).message}`,
      'Log in with `platen login USER`, or say --token-file FILE. The operator token lies in <data folder>/secrets/operator-token.',
      { cause: error },
    )
  }
}

function refusal(target: string, status: number, content: unknown): AppError {
  const named = readProblem(content)
  return (
    named ?? new AppError('CLI_APPLIANCE_UNREACHABLE', `${target} answered ${status}`, 'Is it a Platen appliance? See --url.')
  )
}
