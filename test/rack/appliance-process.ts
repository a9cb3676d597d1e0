// The appliance as a real process inside the rack's network, and a door to it from outside. It knows nothing of the rack.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Door } from './door.ts'
import { BRIDGE } from './network.ts'
import { OwnedProcess } from './owned-process.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/platen')
/** Started as root, it goes on as this account wherever it can; a program below /root is for root alone. */
const USER = spawnSync('setpriv', ['--reuid', 'platen', '--clear-groups', 'test', '-r', PROGRAM]).status === 0 ? 'platen' : 'root'
const START_TIMEOUT_MS = 60_000

export interface ApplianceOptions {
  readonly namespace: string
  /** The rack's folder: logs go here, state into `data` below it. */
  readonly directory: string
  readonly profilesDir: string
  readonly bootDir: string
  /** Left out: that of the rack's own appliance. */
  readonly address?: string
  /** Further flags of `platen serve`. */
  readonly flags?: Readonly<Record<string, string>>
}

export class ApplianceProcess {
  readonly dataDir: string
  readonly logFile: string
  readonly #options: ApplianceOptions
  readonly #door: Door
  #process: OwnedProcess | undefined

  private constructor(options: ApplianceOptions, door: Door) {
    this.#options = options
    this.#door = door
    this.dataDir = join(options.directory, 'data')
    this.logFile = join(options.directory, 'appliance.log')
  }

  static async start(options: ApplianceOptions): Promise<ApplianceProcess> {
    mkdirSync(join(options.directory, 'data'))
    const appliance = new ApplianceProcess(options, await Door.open(options.namespace, options.directory, options.address))
    await appliance.start()
    return appliance
  }

  /** Where it is reached from outside of the rack's network, for people, tools and tests on this machine. */
  get url(): string {
    return this.#door.url
  }

  get tokenFile(): string {
    return join(this.dataDir, 'secrets', 'operator-token')
  }

  /** Returns when it answers that it is up. */
  async start(): Promise<void> {
    const { namespace, profilesDir, bootDir, flags: further } = this.#options
    const flags = { interface: BRIDGE, 'data-dir': this.dataDir, 'profiles-dir': profilesDir, 'boot-dir': bootDir, ...further }
    const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
    this.#process = new OwnedProcess(PROGRAM, ['serve', ...words], {
      namespace,
      logFile: this.logFile,
      environment: { PLATEN_USER: USER },
    })
    const deadline = Date.now() + START_TIMEOUT_MS
    while (!(await this.#isUp())) {
      if (this.#process.ending !== undefined) throw this.#failure(`ended with ${this.#process.ending}`)
      if (Date.now() > deadline) throw this.#failure(`is not up after ${START_TIMEOUT_MS / 1000} s`)
      await delay(100)
    }
  }

  /** SIGTERM, as a person or systemd stops it. The door stays. Returns the exit status. */
  async halt(): Promise<string> {
    return (await this.#process?.stop(30_000)) ?? '0'
  }

  /** kill -9: what was acknowledged must be on disk. */
  async crash(): Promise<void> {
    await this.#process?.kill()
  }

  /** It and the door. */
  async stop(): Promise<void> {
    await this.halt()
    await this.#door.stop()
  }

  logTail(lines = 15): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''
  }

  async #isUp(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(5000) })
      return ((await response.json()) as { status: string }).status === 'up'
    } catch {
      return false // not listening yet, or the door's connection was refused
    }
  }

  #failure(reason: string): Error {
    return new Error(`the appliance ${reason}:\n${this.logTail()}`)
  }
}
