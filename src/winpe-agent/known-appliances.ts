// Which appliances there are: home, those of the agent's own configuration, those that home and directories tell of. Touches the network.
import type { Hello } from '../contract/agent-api.ts'
import type { ListedAppliance } from '../contract/appliances.ts'
import { ApplianceLink, type LinkDeps } from './appliance-link.ts'

export interface KnownAppliancesConfig {
  /** The appliance that booted the machine. */
  readonly home: ApplianceLink
  /** Said beside what home tells: in the agent's own configuration. */
  readonly appliances: readonly ListedAppliance[]
}

export interface KnownAppliancesDeps {
  readonly link: LinkDeps
  /** Directories that the machine's network tells of, by their URL; asked again now and then. */
  findDirectories(signal: AbortSignal): Promise<readonly string[]>
}

const FIND_AGAIN_MS = 300_000

export class KnownAppliances {
  readonly home: ApplianceLink
  readonly #config: KnownAppliancesConfig
  readonly #deps: KnownAppliancesDeps
  #others: readonly ApplianceLink[] = []
  #directories: readonly ListedAppliance[] = []
  #foundAtMs = Number.NEGATIVE_INFINITY

  constructor(config: KnownAppliancesConfig, deps: KnownAppliancesDeps) {
    this.home = config.home
    this.#config = config
    this.#deps = deps
  }

  get others(): readonly ApplianceLink[] {
    return this.#others
  }

  /** In the order in which they are asked. */
  get all(): readonly ApplianceLink[] {
    return [this.home, ...this.#others]
  }

  /** Quick when nothing is due. One that does not answer is left alone for a while. */
  async refresh(hello: Hello, signal: AbortSignal): Promise<void> {
    const now = this.#deps.link.nowMs()
    if (now - this.#foundAtMs >= FIND_AGAIN_MS) {
      this.#foundAtMs = now
      const urls = await this.#deps.findDirectories(signal)
      this.#directories = urls.map((url) => ({ name: 'directory', url, isDirectory: true }))
    }
    if (this.home.restMs === 0) await this.home.greet(hello, signal)
    const told = [...this.#config.appliances, ...(this.home.identity?.appliances ?? []), ...this.#directories]
    this.#adopt(told)
    const directories = this.#others.filter(({ target }) => target.isDirectory)
    await Promise.all(directories.filter(({ restMs }) => restMs === 0).map((directory) => directory.greet(hello, signal)))
    this.#adopt([...told, ...directories.flatMap(({ identity }) => identity?.appliances ?? [])])
  }

  /** Each once, by its URL; the first that names it wins. One that is known keeps its session and its rest. */
  #adopt(listed: readonly ListedAppliance[]): void {
    const byUrl = new Map<string, ApplianceLink>()
    for (const { url, name, credential, isDirectory = false } of listed) {
      if (this.home.isAt(url) || byUrl.has(url)) continue
      const known = this.#others.find((other) => other.url === url && other.target.credential === credential)
      byUrl.set(url, known ?? new ApplianceLink({ url, name, isDirectory, credential }, this.#deps.link))
    }
    this.#others = [...byUrl.values()]
  }
}
