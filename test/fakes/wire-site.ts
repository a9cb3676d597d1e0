// A whole appliance, asked by strangers and machines that each have an address on a network which a test writes down: who has which address
// is what ARP would say. Nothing of the appliance is reached but over HTTP.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { loadConfig } from '../../src/appliance/load-config.ts'
import type { ApplianceConfig } from '../../src/appliance/resolve.ts'
import { type Appliance, wire } from '../../src/appliance/wire.ts'
import type { Assignment } from '../../src/contract/agent-api.ts'
import type { Inventory } from '../../src/contract/inventory.ts'
import type { JobRequest, JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import type { Neighbour, NeighbourTable } from '../../src/netboot/index.ts'
import { inventoryOf, macOf } from './inventories.ts'
import { TINY_PROFILE } from './orchestrator-scene.ts'
import { ipv4 } from './resolved-settings.ts'

export interface Reply<T = { readonly code?: string; readonly message?: string }> {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly body: T
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'HEAD' | 'PATCH'
  readonly from: string
  readonly token?: string
  readonly body?: object | string
}

export const addressOf = (n: number): string => `10.77.0.${100 + n}`
const FILES = { 'tiny/profile.yaml': TINY_PROFILE, 'tiny/root.tar': 'files of tiny', 'tiny/finish.sh': '#!/bin/sh\n' }

export class WireSite implements AsyncDisposable {
  /** By address. What is not here is behind a router. */
  readonly network = new Map<string, Neighbour>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'platen-wire-'))
  #appliance!: Appliance

  static async open(files: Readonly<Record<string, string>> = FILES): Promise<WireSite> {
    const site = new WireSite()
    for (const [path, text] of Object.entries(files)) site.#drop(path, text)
    await site.#begin()
    return site
  }

  get #neighbours(): NeighbourTable {
    return { at: async (address) => this.network.get(address) ?? { kind: 'routed' } }
  }

  async #begin(): Promise<void> {
    const interfaces = { lo: ipv4('127.0.0.1', '255.0.0.0') }
    const folders = { 'data-dir': join(this.#folder, 'data'), 'profiles-dir': join(this.#folder, 'profiles') }
    const flags = { interface: 'lo', 'dhcp-mode': 'off', 'http-listen': '127.0.0.1', 'https-listen': '127.0.0.1', ...folders }
    const config = loadConfig({ file: undefined, environment: {}, flags, interfaces })
    const ports = { http: { ...config.http, port: 0 }, https: { ...config.https, port: 0 }, tftp: { ...config.tftp, port: 0 } }
    const free: ApplianceConfig = { ...config, ...ports }
    this.#appliance = await wire(free, { log: pino({ level: 'silent' }), graceMs: 100, neighbours: this.#neighbours })
    await this.#appliance.start()
  }

  /** Another process on the same data folder. */
  async restart(): Promise<void> {
    await this.#appliance.stop()
    await this.#begin()
  }

  #drop(path: string, text: string): void {
    const full = join(this.#folder, 'profiles', path)
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, text)
  }

  /** The port that raw sockets reach it at. */
  get port(): number {
    const address = this.#appliance.app.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async ask<T = Reply['body']>(url: string, { method, from, token, body }: Question): Promise<Reply<T>> {
    const answer = await this.#appliance.app.inject({
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      url,
      remoteAddress: from,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: body }),
    })
    const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== ''
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      body: (isJson ? JSON.parse(answer.body) : undefined) as T,
    }
  }

  async operator<T>(url: string, body?: object, method?: Question['method']): Promise<T> {
    const token = readFileSync(join(this.#folder, 'data', 'secrets', 'operator-token'), 'utf8').trim()
    const reply = await this.ask<T>(`/api/v1${url}`, {
      from: '127.0.0.1',
      token,
      ...(body === undefined ? {} : { body }),
      ...(method === undefined ? {} : { method }),
    })
    if (reply.status >= 300) throw new Error(`${url}: ${reply.status} ${reply.text}`)
    return reply.body
  }

  post(request: Partial<JobRequest>): Promise<JobView> {
    return this.operator('/jobs', request)
  }

  async nodes(): Promise<readonly NodeView[]> {
    return (await this.operator<{ nodes: NodeView[] }>('/nodes')).nodes
  }

  /** What the script of this card says to whoever asks from there. */
  async script(mac: string, from: string, query = ''): Promise<string> {
    return (await this.ask(`/boot/${mac}.ipxe?platform=pcbios&arch=i386${query}`, { from })).text
  }

  /** Machine n stands on the network with its address, and has what its boot script gives it. */
  async bootsUp(n: number): Promise<WireMachine> {
    this.network.set(addressOf(n), { kind: 'on-link', mac: macOf(n) })
    return new WireMachine(this, n, tokenIn(await this.script(macOf(n), addressOf(n))) ?? '')
  }

  /** As bootsUp; its agent says hello, and a person approves it. */
  async approved(n: number): Promise<WireMachine> {
    const machine = await this.bootsUp(n)
    await machine.hello()
    await this.operator(`/nodes/${machine.nodeName}/approve`, {})
    return machine
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#appliance.stop()
    rmSync(this.#folder, { recursive: true })
  }
}

export function tokenIn(script: string): string | undefined {
  return /platen\.token=(\S+)/.exec(script)?.[1]
}

export class WireMachine {
  readonly n: number
  readonly token: string
  readonly #site: WireSite
  nodeId = ''
  nodeName = ''

  constructor(site: WireSite, n: number, token: string) {
    this.#site = site
    this.n = n
    this.token = token
  }

  async ask<T = Reply['body']>(path: string, body?: object, from = addressOf(this.n)): Promise<Reply<T>> {
    return this.#site.ask<T>(`/agent/v1${path}`, { from, token: this.token, ...(body === undefined ? {} : { body }) })
  }

  async hello(inventory: Inventory = inventoryOf(this.n)): Promise<Reply<{ nodeId: string; nodeName: string; code?: string }>> {
    const reply = await this.ask<{ nodeId: string; nodeName: string; code?: string }>('/hello', { agentVersion: '1', inventory })
    this.nodeId = reply.body.nodeId ?? ''
    this.nodeName = reply.body.nodeName ?? ''
    return reply
  }

  async claim(): Promise<Assignment | undefined> {
    const reply = await this.ask<Assignment>('/claim', { waitSeconds: 0 })
    return reply.status === 200 ? reply.body : undefined
  }

  async beat({ jobId, leaseId, stepIndex }: Assignment): Promise<string | undefined> {
    const beat = { leaseId, step: stepIndex, minorState: 'working', percent: 1, transfer: {} }
    return (await this.ask<{ order?: string; code?: string }>(`/jobs/${jobId}/heartbeat`, beat)).body.order
  }
}
