// The agent as a real process against the real orchestrator over HTTP, on loop devices: build, kill in the middle, deploy. Needs root.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import type { Inventory } from '../../src/contract/inventory.ts'
import type { JobRequest, JobView } from '../../src/contract/job.ts'
import { createOrchestrator } from '../../src/orchestrator/index.ts'
import { AgentProcess } from '../fakes/agent-process.ts'
import { PartitionedDisk, run } from '../fakes/partitioned-disk.ts'
import { SilentLog } from '../fakes/silent-log.ts'
import { diskAt, inventoryWith } from '../fakes/step-scene.ts'

const canRun = process.getuid?.() === 0 && existsSync('/dev/loop-control')

const PROFILE = (version: string) => `name: tiny
architecture: x64
variables: { version: '${version}' }
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

class Site implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'platen-agent-walk-'))
  readonly #stack = new AsyncDisposableStack()
  #orchestrator!: Awaited<ReturnType<typeof createOrchestrator>>
  url = ''

  static async open(): Promise<Site> {
    const site = new Site()
    await site.#begin()
    return site
  }

  async #begin(): Promise<void> {
    const app = Fastify({ forceCloseConnections: true })
    const dataDir = join(this.directory, 'data')
    const profilesDir = join(this.directory, 'profiles')
    this.drop('profile.yaml', PROFILE('1'))
    this.drop('issue', 'version {{version}}\n')
    this.drop(
      'finish.sh',
      '#!/bin/sh\nset -e\necho "finishing on $PLATEN_PART_ROOT"\ntest ! -e /tmp/never && echo done > "$PLATEN_TARGET/etc/finished"\n',
    )
    const tree = join(this.directory, 'tree')
    mkdirSync(join(tree, 'etc'), { recursive: true })
    writeFileSync(join(tree, 'blob'), Buffer.alloc(20_000_000, 'some content '))
    execFileSync('tar', ['-C', tree, '-czf', join(profilesDir, 'tiny/root.tar.gz'), '.'])
    this.#orchestrator = await createOrchestrator({ dataDir, profilesDir, heartbeatSeconds: 1 }, { log: new SilentLog() })
    await app.register(this.#orchestrator.agentRoutes)
    await app.register(this.#orchestrator.operatorRoutes)
    await app.listen({ host: '127.0.0.1', port: 0 })
    this.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    await this.#orchestrator.start()
    this.#stack.defer(() => rmSync(this.directory, { recursive: true, force: true }))
    this.#stack.defer(() => app.close())
    this.#stack.defer(() => this.#orchestrator.stop())
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
    const answer = this.#orchestrator.bootAnswer({
      mac: inventory.nics[0]!.mac,
      systemUuid: undefined,
      firmware: 'bios',
      architecture: 'x64',
      applianceUrl: this.url,
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
    return (path.endsWith('.txt') ? text : JSON.parse(text)) as T
  }

  post(request: Partial<JobRequest>): Promise<JobView> {
    return this.ask('POST', '/jobs', request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

function read(disk: PartitionedDisk, file: string): string {
  const root = join(disk.directory, 'look')
  mkdirSync(root, { recursive: true })
  run('mount', '-o', 'ro', `${disk.devicePath}p2`, root)
  try {
    return readFileSync(join(root, file), 'utf8')
  } finally {
    run('umount', root)
  }
}

describe.skipIf(!canRun)('an agent process and the orchestrator', { timeout: 60_000 }, () => {
  it('builds an image and deploys it to another machine', async () => {
    await using site = await Site.open()
    using diskA = new PartitionedDisk(96)
    using diskB = new PartitionedDisk(96)

    await using a = site.boot(1, diskA)
    await a.says('(discovered)')
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await a.says('MACHINE RESTARTS')
    const built = await site.ask<JobView>('GET', `/jobs/${build.id}`)
    expect(built).toMatchObject({ state: 'succeeded', results: [{}, {}, {}, { kind: 'capture', imageVersion: 1 }] })
    expect(read(diskA, 'etc/issue')).toBe('version 1\n')
    const log = await site.ask<string>('GET', `/jobs/${build.id}/log.txt`)
    for (const words of ['plan for /dev/loop', `finishing on ${diskA.devicePath}p2`, 'step 4 of 4 done'])
      expect(log).toContain(words)

    await using b = site.boot(2, diskB)
    await b.says('(discovered)')
    await site.ask('POST', '/nodes/node-2/approve')
    const deploy = await site.post({ kind: 'deploy', image: 'tiny', node: 'node-2' })
    await b.says('MACHINE RESTARTS')
    expect(await site.ask<JobView>('GET', `/jobs/${deploy.id}`)).toMatchObject({ state: 'succeeded' })
    run('partx', '--update', diskB.devicePath)
    expect(read(diskB, 'etc/finished')).toBe('done\n')
  })

  it('takes up its own job at its step after it was killed in the middle, and no log line is lost', async () => {
    await using site = await Site.open()
    using disk = new PartitionedDisk(96)
    const endless = 'echo $$ > "$once"; echo first; exec sleep 600'
    site.drop('finish.sh', `#!/bin/sh\nonce="$PLATEN_TARGET/../once"\n[ -e "$once" ] || { ${endless}; }\necho second\n`)
    await using first = site.boot(1, disk)
    await first.says('(discovered)')
    // The folder is looked at in its own time.
    while ((await site.ask<{ revision: string }[]>('GET', '/profiles')).length === 0)
      await new Promise((resolve) => setImmediate(resolve))
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await first.says('first')
    await first.kill()
    // On a machine the restart ends it.
    process.kill(Number(readFileSync(join(disk.directory, 'once'), 'utf8')), 'SIGKILL')

    await using second = site.boot(1, disk)
    await second.says('MACHINE RESTARTS')
    expect(second.lines.find((line) => line.startsWith('job '))).toMatch(/attempt 1, from step 3$/)
    expect(await site.ask<JobView>('GET', `/jobs/${build.id}`)).toMatchObject({ state: 'succeeded', attempt: 1 })
    const log = await site.ask<string>('GET', `/jobs/${build.id}/log.txt`)
    expect(log.match(/step 1 of 4: format/g)).toHaveLength(1)
    expect(log.match(/step 3 of 4: activate/g)).toHaveLength(2)
    expect(log).toContain('second')
  })

  it('ends the script at once when the job is cancelled, and waits for the next job', async () => {
    await using site = await Site.open()
    using disk = new PartitionedDisk(96)
    site.drop('finish.sh', '#!/bin/sh\necho waiting for ever\nsleep 600\n')
    await using agent = site.boot(1, disk)
    await agent.says('(discovered)')
    const build = await site.post({ kind: 'build', profile: 'tiny' })
    await site.ask('POST', '/nodes/node-1/approve')
    await agent.says('waiting for ever')
    await site.ask('POST', `/jobs/${build.id}/cancel`)
    await agent.says('dropped')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(disk.directory)
    expect(await site.ask<JobView>('GET', `/jobs/${build.id}`)).toMatchObject({ state: 'cancelled' })
  })
})
