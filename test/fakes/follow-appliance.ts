// An appliance as far as following goes, on loopback: real library, state, access and routes; what each site needs is what the test says.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Access, openAccess } from '../../src/access/index.ts'
import { installManners } from '../../src/appliance/http/manners.ts'
import { operatorScope } from '../../src/appliance/http/operator-scope.ts'
import { OwnApi } from '../../src/appliance/http/own-api.ts'
import { siteScope } from '../../src/appliance/http/site-scope.ts'
import { type ClosurePort, type Follow, type ObjectPort, openFollow, type SiteSettings } from '../../src/central/index.ts'
import type { FollowedItem } from '../../src/contract/central/follow.ts'
import type { CentralView, SiteCode, SiteDetail } from '../../src/contract/central/follow-api.ts'
import type { ImageVersionView } from '../../src/contract/image.ts'
import { type Library, openLibrary } from '../../src/library/index.ts'
import { Events } from '../../src/store/events.ts'
import { type Clock, lowdbState, Operations, type State, SYSTEM_CLOCK } from '../../src/store/index.ts'
import { SilentLog } from './silent-log.ts'
import { smallBuild } from './small-build.ts'
import { publishImage } from './small-image.ts'
import { StateFolder } from './state-folder.ts'

interface Needs {
  readonly settings: SiteSettings
  readonly items: readonly FollowedItem[]
}

export class FollowAppliance implements AsyncDisposable {
  readonly #folder = new StateFolder()
  readonly #clock: Clock
  readonly log = new SilentLog()
  readonly events = new Events()
  readonly needs = new Map<string, Needs>()
  readonly objectTexts = new Map<string, string>()
  readonly #onChange = new Set<() => void>()
  access!: Access
  library!: Library
  follow!: Follow
  #state!: State
  #app!: FastifyInstance
  #port = 0

  private constructor(clock: Clock) {
    this.#clock = clock
  }

  static async open(clock: Clock = SYSTEM_CLOCK): Promise<FollowAppliance> {
    const appliance = new FollowAppliance(clock)
    await appliance.up()
    return appliance
  }

  get dataDir(): string {
    return this.#folder.path
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** On the port that it had before. */
  async up(): Promise<void> {
    const [log, clock, events, dataDir] = [this.log, this.#clock, this.events, this.dataDir]
    this.#state = lowdbState(join(dataDir, 'state'), log)
    const shared = { state: this.#state, clock, events, log }
    this.access = await openAccess({ dataDir, takesIntroductions: false }, shared)
    const use = {
      useOf: () => undefined,
      nodesWith: () => [],
      useOfPackage: () => undefined,
      buildsWith: () => false,
      whoWantsBoot: () => [],
    }
    const nobody = () => {
      throw new Error('no agent comes here')
    }
    const profilesDir = join(dataDir, 'profiles')
    mkdirSync(profilesDir, { recursive: true })
    this.library = await openLibrary(
      { dataDir, profilesDir },
      {
        use,
        captures: { originOf: nobody },
        contents: { contentOf: () => undefined },
        signer: this.access.signingKey,
        knownKeys: () => this.follow.knownKeys(),
        operations: new Operations({ clock, events }),
        clock,
        events,
        log,
      },
    )
    const ownApi = new OwnApi()
    this.follow = await openFollow({
      ...shared,
      dataDir,
      version: 'test',
      library: this.library,
      closures: this.#closures(),
      objects: this.#objects(),
      ownApi,
      signer: this.access.signingKey,
      fleet: () => ({ nodes: [], drifted: [] }),
    })
    const app = Fastify({ forceCloseConnections: true })
    installManners(app)
    const { access } = this
    await app.register(siteScope({ access, follow: this.follow }))
    await app.register(
      operatorScope({
        access: {
          audit: access.audit,
          credentials: access.credentials,
          callerOf: (shown) => ownApi.callerOf(shown) ?? access.callerOf(shown),
        },
        repeated: { store: await this.#state.collection('requests'), clock },
        sight: { seesNode: () => false, seesJob: () => false, refuseNode: nobody, refuseJob: nobody },
        inside: [this.follow.operatorRoutes, this.library.operatorRoutes, access.operatorRoutes],
        beside: [],
        forOtherTools: [],
      }),
    )
    ownApi.attach(app)
    await this.library.profiles.start()
    await this.follow.start()
    await app.listen({ host: '127.0.0.1', port: this.#port })
    this.#port = (app.server.address() as AddressInfo).port
    this.#app = app
  }

  async down(): Promise<void> {
    await this.follow.stop()
    this.#app.server.closeAllConnections()
    await this.#app.close()
    await this.library.profiles.stop()
    await this.access.close()
    await this.#state.close()
  }

  /** As a power cut does it: connections go first. */
  async die(): Promise<void> {
    this.#app.server.closeAllConnections()
    await this.down()
  }

  /** What a site needs from now on. */
  say(site: string, items: readonly FollowedItem[], settings: Partial<SiteSettings> = {}): void {
    this.needs.set(site, { settings: { mayPublish: false, ...this.needs.get(site)?.settings, ...settings }, items })
    for (const onChange of this.#onChange) onChange()
  }

  /** A version of chunks of these seeds. nodeId: a job here made it. */
  async image(imageName: string, seeds: readonly number[], nodeId?: string): Promise<ImageVersionView> {
    return publishImage(this.library.images, imageName, seeds, nodeId)
  }

  /** Files over those of a small build. */
  async build(files: Readonly<Record<string, string>>, how: { readonly number?: number } = {}): Promise<KnownBuild> {
    const { record, open } = smallBuild('x64', files)
    return (await this.library.bootBuilds.add(record, open, how)).build
  }

  object(kind: string, name: string, value: unknown): FollowedItem {
    const text = JSON.stringify(value)
    this.objectTexts.set(`${kind} ${name}`, text)
    return { kind, name, digest: digestOf(text), bytes: text.length, why: ['test'] }
  }

  drop(path: string, text: string): void {
    mkdirSync(dirname(join(this.dataDir, path)), { recursive: true })
    writeFileSync(join(this.dataDir, path), text)
  }

  async ask<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    token = this.#token,
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
  }

  async code(site: string): Promise<string> {
    return (await this.ask<SiteCode>('POST', `/sites/${site}/code`, {})).body.code
  }

  join(url: string, code: string): Promise<{ status: number; body: CentralView & { code?: string } }> {
    return this.ask('POST', '/central/join', { url, code })
  }

  async site(name: string): Promise<SiteDetail> {
    return (await this.ask<SiteDetail>('GET', `/sites/${name}`)).body
  }

  async central(): Promise<CentralView> {
    return (await this.ask<CentralView>('GET', '/central')).body
  }

  versions(): string[] {
    return this.library.images
      .list()
      .flatMap(({ versions }) => versions.map((each) => `${each.imageName} ${each.version} ${each.manifestDigest}`))
  }

  get #token(): string {
    return readFileSync(join(this.dataDir, 'secrets', 'operator-token'), 'utf8').trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    this.#folder[Symbol.dispose]()
  }

  #closures(): ClosurePort {
    return {
      settingsOf: (site) => this.needs.get(site)?.settings,
      of: async (site) => {
        const { items } = this.needs.get(site)!
        return { revision: digestOf(JSON.stringify(items)), items }
      },
      subscribe: (onChange) => {
        this.#onChange.add(onChange)
        return () => this.#onChange.delete(onChange)
      },
    }
  }

  #objects(): ObjectPort {
    return {
      kinds: ['function', 'template'],
      body: (digest) => [...this.objectTexts.values()].find((text) => digestOf(text) === digest),
      take: async ({ kind, name, text }) => void this.objectTexts.set(`${kind} ${name}`, text),
    }
  }
}

type KnownBuild = ReturnType<Library['bootBuilds']['list']>[number]

export const buildItem = ({ architecture, number, digest }: KnownBuild): FollowedItem => ({
  kind: 'boot-build',
  name: architecture,
  version: String(number),
  digest,
  bytes: 1000,
  why: ['function web'],
})

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export const itemOf = ({ imageName, version, manifestDigest, usedBytes }: ImageVersionView): FollowedItem => ({
  kind: 'image',
  name: imageName,
  version: String(version),
  digest: manifestDigest,
  bytes: usedBytes,
  why: ['function web'],
})

/** Until it is so; what is waited for happens by itself. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
