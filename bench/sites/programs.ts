// Central and sites as the programs that people run, each in its namespace, asked by the command line as people ask.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SiteCode } from '../../src/contract/central/follow-api.ts'
import type { ImageVersionView, ImageView } from '../../src/contract/image.ts'
import { sh } from '../imaging/shell.ts'
import type { SiteLines } from './lines.ts'

const PLATEN = join(import.meta.dirname, '../../bin/platen')

export class Program {
  readonly name: string
  readonly #namespace: string
  readonly #child: ChildProcess
  readonly #dataDir: string

  constructor(name: string, namespace: string, dataDir: string, child: ChildProcess) {
    this.name = name
    this.#namespace = namespace
    this.#dataDir = dataDir
    this.#child = child
  }

  platen(line: string): Promise<string> {
    const where = `--url http://127.0.0.1:8080 --token-file ${this.#dataDir}/secrets/operator-token`
    return sh(`ip netns exec ${this.#namespace} ${PLATEN} ${line} ${where}`)
  }

  async versions(image: string): Promise<readonly ImageVersionView[]> {
    const images = JSON.parse(await this.platen('image list --json')) as readonly ImageView[]
    return images.find(({ name }) => name === image)?.versions ?? []
  }

  async addedBytes(image: string, version: number): Promise<number> {
    return (await this.versions(image)).find((each) => each.version === version)!.addedBytes
  }

  async codeFor(site: string): Promise<string> {
    return (JSON.parse(await this.platen(`site code ${site} --json`)) as SiteCode).code
  }

  /** As `platen join` does, without starting a program for it: twenty of those would be measured as well. */
  async join(url: string, code: string): Promise<void> {
    const token = (await readFile(join(this.#dataDir, 'secrets', 'operator-token'), 'utf8')).trim()
    const body = JSON.stringify({ url, code })
    const headers = `-H 'authorization: Bearer ${token}' -H 'content-type: application/json'`
    await sh(`ip netns exec ${this.#namespace} curl -sf ${headers} -d '${body}' http://127.0.0.1:8080/api/v1/central/join`)
  }

  /** What sites there are, as files in the folder of central. */
  async define(sites: readonly string[]): Promise<void> {
    const folder = join(this.#dataDir, 'central')
    await mkdir(folder, { recursive: true })
    const files: Record<string, object> = {
      web: { kind: 'function', name: 'web' },
      all: { kind: 'distribution', name: 'all', images: [{ image: 'web' }] },
      map: { kind: 'distribution-profile', name: 'map', default: 'all' },
    }
    for (const site of sites) files[`site-${site}`] = { kind: 'site', name: site, functions: [{ name: 'web' }] }
    for (const [name, value] of Object.entries(files)) await writeFile(join(folder, `${name}.yaml`), JSON.stringify(value))
    await this.platen('central check')
  }

  /** The file of the version's record: the site lists it when it has all of it. Gives when that was, in milliseconds since 1970. */
  async until(image: string, version: number): Promise<number> {
    const record = join(this.#dataDir, 'manifests', image, `${version}.json`)
    const end = performance.now() + 3600_000
    for (;;) {
      const found = await stat(record).catch(() => undefined)
      if (found !== undefined) return found.mtimeMs
      if (performance.now() > end || this.#child.exitCode !== null)
        throw new Error(`${this.name}: version ${version} did not come`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** What peakBytes tells counts from now on (proc_pid_clear_refs(5): 5 resets the peak of the resident set). */
  async forgetPeak(): Promise<void> {
    await writeFile(`/proc/${this.#child.pid}/clear_refs`, '5')
  }

  async peakBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}

export const startCentral = (work: string, lines: SiteLines): Promise<Program> =>
  start('central', lines.central, lines.names[0]!, join(work, 'central'))

export const startSite = (work: string, lines: SiteLines, name: string): Promise<Program> =>
  start(name, lines.siteOf(name), 'eth0', join(work, name))

async function start(name: string, namespace: string, link: string, dataDir: string): Promise<Program> {
  const flags = ['--interface', link, '--dhcp-mode', 'off', '--data-dir', dataDir, '--profiles-dir', join(dataDir, 'profiles')]
  await mkdir(join(dataDir, 'profiles'), { recursive: true })
  const args = ['netns', 'exec', namespace, PLATEN, 'serve', ...flags, '--log-level', 'warn']
  const child = spawn('ip', args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const program = new Program(name, namespace, dataDir, child)
  for (let tries = 0; ; tries++) {
    const isUp = await sh(`ip netns exec ${namespace} curl -sf http://127.0.0.1:8080/healthz`).then(
      () => true,
      () => false,
    )
    if (isUp) return program
    if (tries > 200 || child.exitCode !== null) throw new Error(`${name} did not start`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
