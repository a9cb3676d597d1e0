// An appliance in a process of its own and machines that speak to it over kept connections, for benches.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inventoryOf } from '../../test/fakes/inventories.ts'
import { HttpConnection } from './http-connection.ts'

/** As bin/platen starts it. */
export const NODE_FLAGS = ['--max-semi-space-size=4']

export interface ProcessFigures {
  readonly delayP99Ms: number
  readonly delayMaxMs: number
  readonly rssBytes: number
  readonly cpuMs: number
}

export class ApplianceRig implements AsyncDisposable {
  readonly dataDir: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #connections: HttpConnection[] = []
  url = ''
  #operatorToken = ''

  private constructor(dataDir: string, child: ChildProcess) {
    this.dataDir = dataDir
    this.#child = child
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  }

  /** On a disk, not in memory: what is measured is that every claim is there before it is answered. With a port, DHCP is there too. */
  static async start(dhcpPort?: number): Promise<ApplianceRig> {
    const dataDir = await mkdtemp('/var/tmp/platen-bench-claims-')
    const script = join(import.meta.dirname, 'appliance-process.ts')
    const child = spawn('node', [...NODE_FLAGS, script, dataDir, ...(dhcpPort === undefined ? [] : [String(dhcpPort)])], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const rig = new ApplianceRig(dataDir, child)
    rig.url = (await rig.#lines.next()).value as string
    rig.#operatorToken = (await readFile(join(dataDir, 'secrets', 'operator-token'), 'utf8')).trim()
    return rig
  }

  async ask<T>(word: string): Promise<T> {
    this.#child.stdin!.write(`${word}\n`)
    return JSON.parse((await this.#lines.next()).value as string) as T
  }

  /** Enrolled and approved; a connection each. */
  async machines(count: number): Promise<readonly HttpConnection[]> {
    const [operator] = await this.#connect([this.#operatorToken])
    await operator!.post('/api/v1/approval-rules', { macPrefixes: ['52:54'] })
    const tokens = await this.ask<readonly string[]>(`tokens ${count}`)
    const connections = await this.#connect(tokens)
    await inGroups(connections, 20, (connection, n) => sayHello(connection, tokens[n]!, n))
    return connections
  }

  async postJobs(count: number): Promise<void> {
    const connections = await this.#connect(Array.from({ length: 20 }, () => this.#operatorToken))
    const share = Math.ceil(count / connections.length)
    await inGroups(connections, connections.length, async (connection, worker) => {
      const own = Math.min(share, Math.max(0, count - worker * share))
      for (let n = 0; n < own; n++) await connection.post('/api/v1/jobs', { kind: 'build', profile: 'tiny', maxAttempts: 1 })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close()
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    await ended
    await rm(this.dataDir, { recursive: true, force: true })
  }

  async #connect(tokens: readonly string[]): Promise<readonly HttpConnection[]> {
    const opened: HttpConnection[] = []
    for (const token of tokens) opened.push(await HttpConnection.open(this.url, token))
    this.#connections.push(...opened)
    return opened
  }
}

async function sayHello(connection: HttpConnection, token: string, n: number): Promise<void> {
  const mac = token.slice(0, 12).replaceAll(/(..)(?!$)/g, '$1:')
  const [disk] = inventoryOf(n).disks
  const inventory = {
    ...inventoryOf(n),
    smbios: { systemUuid: `4c4c4544-0042-3010-8051-${token.slice(0, 12)}`, systemSerial: `SN-${n}` },
    disks: [{ ...disk, serial: `D-${n}` }],
    nics: [{ name: 'eth0', mac, linkUp: true }],
  }
  await connection.post('/agent/v1/hello', { agentVersion: 'bench', inventory })
}

/** So many at the same time. */
export async function inGroups<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await run(items[index]!, index)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
