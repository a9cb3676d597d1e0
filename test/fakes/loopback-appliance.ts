// A whole orchestrator on a port of its own, on the machine's clock, for tests in which agents speak to several.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { installManners } from '../../src/appliance/http/manners.ts'
import { openRooms, type Rooms, type RoomsConfig } from '../../src/appliance/rooms.ts'
import type { AddedAgentCredential } from '../../src/contract/appliances.ts'
import type { JobRequest, JobView } from '../../src/contract/job.ts'
import type { NodeView } from '../../src/contract/operator-api.ts'
import { macOf } from './inventories.ts'
import { TINY_PROFILE } from './orchestrator-scene.ts'
import { PROVEN } from './proven-peer.ts'
import { SilentLog } from './silent-log.ts'
import { StateFolder } from './state-folder.ts'

/** Its machine restarts twice: onto its disk, and into a kernel that the profile brings. */
const INSTALLER_PROFILE = `name: installer
architecture: x64
format:
  partitions:
    - { name: root, type: linux, filesystem: ext4, mount: / }
steps:
  - reboot: { into: local-disk }
  - reboot: { into: kernel, how: firmware, kernel: vmlinuz, arguments: quiet }
capture:
  image: installer
`

type Settings = Partial<RoomsConfig>
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export class LoopbackAppliance implements AsyncDisposable {
  readonly #folder = new StateFolder()
  readonly log = new SilentLog()
  /** Agent requests in their order: "POST /agent/v1/claim". */
  readonly asked: string[] = []
  rooms!: Rooms
  url = ''
  #app: FastifyInstance | undefined

  static async start(settings: Settings = {}): Promise<LoopbackAppliance> {
    const appliance = new LoopbackAppliance()
    const tiny = { 'tiny/profile.yaml': TINY_PROFILE, 'tiny/root.tar': 'files', 'tiny/finish.sh': '#!/bin/sh\n' }
    const files = { ...tiny, 'installer/profile.yaml': INSTALLER_PROFILE, 'installer/vmlinuz': 'a kernel' }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(appliance.#profilesDir, path)), { recursive: true })
      writeFileSync(join(appliance.#profilesDir, path), text)
    }
    await appliance.up(settings)
    return appliance
  }

  /** On the port that it had before, if it was up. */
  async up(settings: Settings = {}): Promise<void> {
    // Machines of a test restart in no time.
    const config = { dataDir: this.#folder.path, profilesDir: this.#profilesDir, heartbeatSeconds: 2, ...settings }
    this.rooms = await openRooms(config, { log: this.log })
    const app = Fastify({ forceCloseConnections: true })
    installManners(app)
    app.addHook('onRequest', async ({ method, url }) => void this.asked.push(`${method} ${url}`))
    app.get('/healthz', async () => ({ status: 'up' }))
    await app.register(this.rooms.routes)
    await this.rooms.start()
    const port = this.url === '' ? 0 : Number(new URL(this.url).port)
    await app.listen({ host: '127.0.0.1', port })
    this.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    this.#app = app
  }

  async down(): Promise<void> {
    await this.rooms.stop()
    await this.#app?.close()
    this.#app = undefined
  }

  async operator<T>(method: Method, path: string, body?: object): Promise<T> {
    const token = this.token()
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  token(): string {
    return readFileSync(join(this.#folder.path, 'secrets', 'operator-token'), 'utf8').trim()
  }

  post(request: Partial<JobRequest> = {}): Promise<JobView> {
    return this.operator('POST', '/jobs', { kind: 'build', profile: 'tiny', ...request })
  }

  job(id: string): Promise<JobView> {
    return this.operator('GET', `/jobs/${id}`)
  }

  async nodes(): Promise<readonly NodeView[]> {
    return (await this.operator<{ nodes: NodeView[] }>('GET', '/nodes')).nodes
  }

  /** Every machine that says hello is approved at once. */
  async approveAll(): Promise<void> {
    await this.operator('POST', '/approval-rules', { macPrefixes: ['52:54:00'] })
  }

  async credential(name: string): Promise<string> {
    return (await this.operator<AddedAgentCredential>('POST', '/agent-credentials', { name })).secret
  }

  /** Tells its agents of another one. */
  async lists(name: string, other: LoopbackAppliance, entry: { credential?: string; isDirectory?: boolean } = {}): Promise<void> {
    await this.operator('PUT', `/appliances/${name}`, { url: other.url, ...entry })
  }

  /** What the next boot of machine n does; in the boot OS, with the token of that boot. */
  boot(n: number): { readonly kind: string; readonly token: string } {
    const client = {
      mac: macOf(n),
      systemUuid: undefined,
      firmware: 'bios',
      architecture: 'x64',
      applianceUrl: this.url,
      ...PROVEN,
    } as const
    const answer = this.rooms.orchestrator.bootAnswer(client)
    const word = answer.kind === 'boot-os' ? answer.kernelArguments.find((each) => each.startsWith('platen.token=')) : undefined
    return { kind: answer.kind, token: word?.slice('platen.token='.length) ?? '' }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    this.#folder[Symbol.dispose]()
  }

  get #profilesDir(): string {
    return join(this.#folder.path, 'profiles')
  }
}
