// An orchestrator on loopback and machines that are agent processes on loop devices: everything real but the boot. Needs root.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Fastify from 'fastify'
import { installManners } from '../../src/appliance/http/manners.ts'
import { openRooms, type Rooms } from '../../src/appliance/rooms.ts'
import type { Inventory } from '../../src/contract/inventory.ts'
import type { JobRequest, JobView } from '../../src/contract/job.ts'
import { AgentProcess } from './agent-process.ts'
import { type PartitionedDisk, run } from './partitioned-disk.ts'
import { PROVEN } from './proven-peer.ts'
import { SilentLog } from './silent-log.ts'
import { diskAt, inventoryWith } from './step-scene.ts'

const PROFILE = `name: tiny
architecture: x64
variables: { version: '1' }
format:
  partitions:
    - { name: boot, type: bios-boot, sizeMiB: 1 }
    - { name: root, type: linux, filesystem: ext4, label: root, mount: / }
setup:
  actions:
    - extract: root.tar.gz
    - { template: issue, to: /etc/issue }
activate:
  actions:
    - { script: finish.sh }
capture:
  image: tiny
`

/** An orchestrator over real HTTP with one profile, tiny, and machines that are agents as processes. */
export class Site implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'platen-agent-walk-'))
  readonly #stack = new AsyncDisposableStack()
  #rooms!: Rooms
  readonly profile = PROFILE
  url = ''

  static async open(): Promise<Site> {
    const site = new Site()
    await site.#begin()
    return site
  }

  async #begin(): Promise<void> {
    const app = Fastify({ forceCloseConnections: true })
    installManners(app)
    const dataDir = join(this.directory, 'data')
    const profilesDir = join(this.directory, 'profiles')
    this.drop('profile.yaml', this.profile)
    this.drop('issue', 'version {{version}}\n')
    this.drop(
      'finish.sh',
      '#!/bin/sh\nset -e\necho "finishing on $PLATEN_PART_ROOT"\ntest ! -e /tmp/never && echo done > "$PLATEN_TARGET/etc/finished"\n',
    )
    const tree = join(this.directory, 'tree')
    mkdirSync(join(tree, 'etc'), { recursive: true })
    writeFileSync(join(tree, 'blob'), Buffer.alloc(20_000_000, 'some content '))
    execFileSync('tar', ['-C', tree, '-czf', join(profilesDir, 'tiny/root.tar.gz'), '.'])
    this.#rooms = await openRooms({ dataDir, profilesDir, heartbeatSeconds: 3 }, { log: new SilentLog() })
    await app.register(this.#rooms.routes)
    await app.listen({ host: '127.0.0.1', port: 0 })
    this.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    await this.#rooms.start()
    this.#stack.defer(() => rmSync(this.directory, { recursive: true, force: true }))
    this.#stack.defer(() => app.close())
    this.#stack.defer(() => this.#rooms.stop())
  }

  drop(name: string, text: string): void {
    const path = join(this.directory, 'profiles/tiny', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  /** Machine n comes into the boot OS with this disk. */
  boot(n: number, disk: PartitionedDisk): AgentProcess {
    const inventory: Inventory = {
      ...inventoryWith([{ ...diskAt(disk.devicePath, disk.sizeBytes), serial: `disk-${n}` }]),
      smbios: { systemUuid: `4c4c4544-0051-3610-8052-b4c04f4e593${n}` },
      nics: [{ name: 'eth0', mac: `52:54:00:12:34:5${n}`, linkUp: true }],
    }
    const answer = this.#rooms.orchestrator.bootAnswer({
      mac: inventory.nics[0]!.mac,
      systemUuid: undefined,
      firmware: 'bios',
      architecture: 'x64',
      applianceUrl: this.url,
      ...PROVEN,
    })
    if (answer.kind !== 'boot-os') throw new Error(`machine ${n} is told ${answer.kind}`)
    const token = answer.kernelArguments.find((word) => word.startsWith('platen.token='))
    return new AgentProcess({ commandLine: `platen.url=${this.url} ${token}`, directory: disk.directory, inventory })
  }

  async ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const token = readFileSync(join(this.directory, 'data/secrets/operator-token'), 'utf8').trim()
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch(`${this.url}/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T
  }

  text(path: string): Promise<string> {
    return this.ask('GET', path)
  }

  post(request: Partial<JobRequest>): Promise<JobView> {
    return this.ask('POST', '/jobs', request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** A file of the second partition. */
export function read(disk: PartitionedDisk, file: string): string {
  const root = join(disk.directory, 'look')
  mkdirSync(root, { recursive: true })
  run('mount', '-o', 'ro', `${disk.devicePath}p2`, root)
  try {
    return readFileSync(join(root, file), 'utf8')
  } finally {
    run('umount', root)
  }
}
